package blocks

import "strings"

// Escape makes a text harmless in HTML, the way the reference stores the descriptions of new block types: quotes stay.
func Escape(text *string) *string {
	if text == nil {
		return nil
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(*text)
	return &escaped
}
