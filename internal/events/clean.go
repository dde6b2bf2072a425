package events

import (
	"bytes"
	"strings"

	"praetor/internal/prefect"
)

// clean gives the event without the characters that PostgreSQL stores in no column, U+0000 and halves of surrogate
// pairs: the replacement character stands in their place. It tells whether there were any.
func clean(e prefect.ReceivedEvent) (prefect.ReceivedEvent, bool) {
	c := cleaner{}
	e.Event.Event = c.text(e.Event.Event)
	e.Resource = c.labels(e.Resource)
	related := make([]prefect.RelatedResource, len(e.Related))
	for i, r := range e.Related {
		related[i] = c.labels(r)
	}
	e.Related = related
	e.Payload = c.document(e.Payload)
	return e, c.changed
}

type cleaner struct{ changed bool }

func (c *cleaner) text(s string) string {
	if !strings.Contains(s, "\x00") {
		return s
	}
	c.changed = true
	return strings.ReplaceAll(s, "\x00", "\ufffd")
}

func (c *cleaner) labels(labels map[string]string) map[string]string {
	out := make(map[string]string, len(labels))
	for label, value := range labels {
		out[c.text(label)] = c.text(value)
	}
	return out
}

// document looks for escapes: a JSON document holds these characters in no other form.
func (c *cleaner) document(doc prefect.Object) prefect.Object {
	const length = len(`\u0000`)
	out := bytes.Clone(doc)
	for i := 0; i+1 < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		if out[i+1] != 'u' || i+length > len(out) {
			i++
			continue
		}
		if isHigh(out[i:]) && i+2*length <= len(out) && isLow(out[i+length:]) {
			i += 2*length - 1
			continue
		}
		if isHigh(out[i:]) || isLow(out[i:]) || string(out[i+2:i+length]) == "0000" {
			c.changed = true
			copy(out[i:], `\ufffd`)
		}
		i += length - 1
	}
	return out
}

// isHigh and isLow tell whether the text begins with the escape of the first or the second half of a surrogate pair.
func isHigh(doc []byte) bool { return isSurrogate(doc, "89aAbB") }
func isLow(doc []byte) bool  { return isSurrogate(doc, "cCdDeEfF") }

func isSurrogate(doc []byte, third string) bool {
	return doc[0] == '\\' && doc[1] == 'u' && doc[2]|0x20 == 'd' && strings.IndexByte(third, doc[3]) >= 0
}
