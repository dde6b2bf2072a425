package store

import (
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// JSON marks an argument that is stored as a JSON document. A nil Value is stored as NULL.
type JSON struct{ Value any }

// text is the document, or nil for NULL.
func (j JSON) text() (any, error) {
	if j.Value == nil {
		return nil, nil
	}
	b, err := json.Marshal(j.Value)
	if err != nil {
		return nil, err
	}
	if string(b) == "null" {
		return nil, nil
	}
	return string(b), nil
}

// JSONText marks an argument for a column of the type json, which keeps its text: it is stored as Python writes it, and an
// absent document as null.
type JSONText struct{ Value any }

// text is the document, never NULL.
func (j JSONText) text() (string, error) {
	if raw, ok := j.Value.(jsontext.Value); ok { // as it came, whatever is in it
		if raw == nil {
			return "null", nil
		}
		return pythonJSON(string(raw)), nil
	}
	text, err := json.Marshal(j.Value, json.Deterministic(true))
	return pythonJSON(string(text)), err
}

// rawText is the document, or nil for NULL: a JSON null is stored as NULL, as the reference does.
func rawText(v jsontext.Value) any {
	if v == nil || string(v) == "null" {
		return nil
	}
	return string(v)
}

func objectText(o prefect.Object) any {
	if o == nil {
		return "{}"
	}
	return string(o)
}

// nullable gives nil, not an empty document, for an absent object.
func nullable(o *prefect.Object) any {
	if o == nil {
		return nil
	}
	return *o
}

// pythonJSON rewrites a JSON document the way Python's json.dumps writes it, which is how the reference's rows look on
// SQLite: a space after separators and every character beyond ASCII escaped. Text searches over such a column, ours and
// the reference's, then find the same rows.
func pythonJSON(doc string) string {
	return string(appendPythonJSON(make([]byte, 0, len(doc)+len(doc)/8), doc))
}

func appendPythonJSON(out []byte, doc string) []byte {
	for i := 0; i < len(doc); {
		switch c := doc[i]; c {
		case '"':
			end := stringEnd(doc, i)
			out = appendPythonLiteral(out, doc[i:end])
			i = end
		case ',', ':':
			out = append(out, c, ' ')
			i++
		case ' ', '\t', '\n', '\r':
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// stringEnd is the index behind the string literal that starts at i.
func stringEnd(doc string, i int) int {
	for i++; i < len(doc); i++ {
		switch doc[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(doc)
}

func appendPythonLiteral(out []byte, literal string) []byte {
	plain := true
	for i := range len(literal) {
		if c := literal[i]; c == '\\' || c >= utf8.RuneSelf || c == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return append(out, literal...)
	}
	text, err := jsontext.AppendUnquote(nil, literal)
	if err != nil {
		return append(out, literal...) // a lone surrogate: keep what was given
	}
	return prefect.AppendPythonString(out, string(text))
}

// pythonSpelling is a text as it is spelled inside a document on SQLite, but for what ASCII escapes too.
func pythonSpelling(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
			continue
		}
		literal := prefect.AppendPythonString(nil, string(r))
		out = append(out, literal[1:len(literal)-1]...)
	}
	return string(out)
}
