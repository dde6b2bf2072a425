package prefect

import (
	"strconv"
	"unicode/utf16"
)

// AppendPythonString appends s as a JSON string the way Python's json.dumps writes it: every character beyond ASCII escaped.
func AppendPythonString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, '\\', 'n')
		case r == '\r':
			out = append(out, '\\', 'r')
		case r == '\t':
			out = append(out, '\\', 't')
		case r == '\b':
			out = append(out, '\\', 'b')
		case r == '\f':
			out = append(out, '\\', 'f')
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = appendEscape(appendEscape(out, high), low)
		case r < 0x20 || r > 0x7e:
			out = appendEscape(out, r)
		default:
			out = append(out, byte(r))
		}
	}
	return append(out, '"')
}

func appendEscape(out []byte, r rune) []byte {
	hex := strconv.FormatInt(int64(r), 16)
	out = append(out, '\\', 'u')
	for range 4 - len(hex) {
		out = append(out, '0')
	}
	return append(out, hex...)
}
