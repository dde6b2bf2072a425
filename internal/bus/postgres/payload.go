package postgres

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/bus"
)

// maxPayload is the longest payload that PostgreSQL takes, in bytes.
const maxPayload = 7999

// payload is what one NOTIFY carries.
type payload struct {
	From  string `json:"from"` // the sender's id
	Notes []note `json:"notes"`
}

type note struct {
	Topic string `json:"t"`
	Text  string `json:"x,omitzero"`
	Lost  bool   `json:"lost,omitzero"`
}

// pack writes notes into as few payloads as they fit into. One whose text is too long as JSON becomes a loss.
func pack(from string, notes []bus.Note) ([]string, error) {
	head, err := json.Marshal(from)
	if err != nil {
		return nil, err
	}
	begin, end := `{"from":`+string(head)+`,"notes":[`, "]}"
	var payloads []string
	var text strings.Builder
	for _, n := range notes {
		written, err := json.Marshal(note{string(n.Topic), n.Text, n.Lost}, jsontext.AllowInvalidUTF8(true))
		if err == nil && len(begin)+len(written)+len(end) > maxPayload {
			written, err = json.Marshal(note{Topic: string(n.Topic), Lost: true})
		}
		if err != nil {
			return nil, err
		}
		switch {
		case text.Len() == 0:
			text.WriteString(begin)
		case text.Len()+1+len(written)+len(end) > maxPayload:
			payloads = append(payloads, text.String()+end)
			text.Reset()
			text.WriteString(begin)
		default:
			text.WriteByte(',')
		}
		text.Write(written)
	}
	return append(payloads, text.String()+end), nil
}

// unpack reads what pack wrote.
func unpack(text string) (from string, notes []bus.Note, err error) {
	var p payload
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return "", nil, err
	}
	for _, n := range p.Notes {
		notes = append(notes, bus.Note{Topic: bus.Topic(n.Topic), Text: n.Text, Lost: n.Lost})
	}
	return p.From, notes, nil
}
