package prefect

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Posture says whether a trigger waits for the presence of events or for their absence.
type Posture string

// The postures. No trigger of a server has the posture Metric; clients know it from elsewhere.
const (
	Reactive  Posture = "Reactive"
	Proactive Posture = "Proactive"
	Metric    Posture = "Metric"
)

// Trigger says when an automation is to act. Exactly one of its members is set; on the wire and in databases it is that member.
type Trigger struct {
	Event    *EventTrigger
	Compound *CompoundTrigger
	Sequence *SequenceTrigger
}

// EventTrigger fires when enough events happen within a time (reactive), or too few (proactive).
type EventTrigger struct {
	Type string    `json:"type" default:"\"event\"" v:"literal=event"`
	ID   uuid.UUID `json:"id"`
	// Match restricts the resource of events, MatchRelated their related resources.
	Match        ResourceSpecification `json:"match" default:"{}"`
	MatchRelated RelatedSpecification  `json:"match_related" default:"{}"`
	// After are the names of the events that open a window, Expect of those that are counted in it; they may hold wildcards.
	// Without After a window is always open, without Expect every event counts.
	After  []string `json:"after" default:"[]" v:"unique"`
	Expect []string `json:"expect" default:"[]" v:"unique"`
	// ForEach are the labels whose values each have windows of their own.
	ForEach   []string `json:"for_each" default:"[]" v:"unique"`
	Posture   Posture  `json:"posture" v:"required" wire:"posture"`
	Threshold int64    `json:"threshold" default:"1"`
	Within    Seconds  `json:"within" default:"0" wire:"within"`
}

// CompoundTrigger fires when enough of its triggers have fired within a time.
type CompoundTrigger struct {
	Type     string    `json:"type" default:"\"compound\"" v:"literal=compound"`
	ID       uuid.UUID `json:"id"`
	Triggers []Trigger `json:"triggers" v:"required"`
	Within   *Seconds  `json:"within" v:"required" wire:"nullable_interval"` // nil: without end
	Require  Require   `json:"require" v:"required" wire:"require"`
}

// Violations refuses a number of firings that makes no sense.
func (t *CompoundTrigger) Violations() []Violation {
	switch {
	case t.Require.Word != "":
	case t.Require.Count < 1:
		return []Violation{{Message: "require must be at least 1"}}
	case t.Require.Count > int64(len(t.Triggers)):
		return []Violation{{Message: "require must be less than or equal to the number of triggers"}}
	}
	return nil
}

// Expected is how many of the triggers must have fired.
func (t *CompoundTrigger) Expected() int {
	switch t.Require.Word {
	case "any":
		return 1
	case "all":
		return len(t.Triggers)
	}
	return int(t.Require.Count)
}

// SequenceTrigger fires when all its triggers have fired in their order within a time.
type SequenceTrigger struct {
	Type     string    `json:"type" default:"\"sequence\"" v:"literal=sequence"`
	ID       uuid.UUID `json:"id"`
	Triggers []Trigger `json:"triggers" v:"required"`
	Within   *Seconds  `json:"within" v:"required" wire:"nullable_interval"` // nil: without end
}

// Require is how many triggers of a compound one must fire: "any", "all", or a number.
type Require struct {
	Word  string // empty: Count counts
	Count int64
}

// AnyOf lists the forms of a requirement, for the API's description.
func (Require) AnyOf() []any { return []any{int64(0), ""} }

// MarshalJSONTo writes the word or the number.
func (r Require) MarshalJSONTo(enc *jsontext.Encoder) error {
	if r.Word != "" {
		return enc.WriteToken(jsontext.String(r.Word))
	}
	return enc.WriteToken(jsontext.Int(r.Count))
}

// UnmarshalJSONFrom reads what a server stored.
func (r *Require) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*r = Require{}
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &r.Word)
	}
	return json.UnmarshalDecode(dec, &r.Count)
}

// AnyOf lists the forms that a trigger has.
func (Trigger) AnyOf() []any { return []any{EventTrigger{}, CompoundTrigger{}, SequenceTrigger{}} }

// Type is the name of the trigger's form.
func (t Trigger) Type() string {
	switch {
	case t.Event != nil:
		return "event"
	case t.Compound != nil:
		return "compound"
	case t.Sequence != nil:
		return "sequence"
	}
	return ""
}

// ID is the trigger's id.
func (t Trigger) ID() uuid.UUID {
	switch {
	case t.Event != nil:
		return t.Event.ID
	case t.Compound != nil:
		return t.Compound.ID
	case t.Sequence != nil:
		return t.Sequence.ID
	}
	return uuid.UUID{}
}

// Children are the triggers of which it is made: none for an event trigger.
func (t Trigger) Children() []Trigger {
	switch {
	case t.Compound != nil:
		return t.Compound.Triggers
	case t.Sequence != nil:
		return t.Sequence.Triggers
	}
	return nil
}

// ResetIDs gives the trigger and all below it new ids.
func (t Trigger) ResetIDs() {
	switch id := NewID(); {
	case t.Event != nil:
		t.Event.ID = id
	case t.Compound != nil:
		t.Compound.ID = id
	case t.Sequence != nil:
		t.Sequence.ID = id
	}
	for _, child := range t.Children() {
		child.ResetIDs()
	}
}

var errNoTrigger = errors.New("a trigger is of the type event, compound or sequence")

// MarshalJSONTo writes the member that is set.
func (t Trigger) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch {
	case t.Event != nil:
		return json.MarshalEncode(enc, t.Event)
	case t.Compound != nil:
		return json.MarshalEncode(enc, t.Compound)
	case t.Sequence != nil:
		return json.MarshalEncode(enc, t.Sequence)
	}
	return errNoTrigger
}

// UnmarshalJSONFrom reads what a server stored, with the defaults of what an older one did not know. Request bodies are read by
// the decoder of the API, which knows what is wrong with them.
func (t *Trigger) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	raw = raw.Clone()
	var members struct {
		Type     string `json:"type"`
		Posture  Raw    `json:"posture"`
		Require  Raw    `json:"require"`
		Triggers Raw    `json:"triggers"`
	}
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	*t = Trigger{}
	switch {
	case members.Type == "event", members.Type == "" && members.Posture != nil:
		t.Event = &EventTrigger{Type: "event", Match: ResourceSpecification{}, After: []string{}, Expect: []string{}, ForEach: []string{}, Threshold: 1}
		t.Event.MatchRelated.All = []ResourceSpecification{{}}
		return json.Unmarshal(raw, t.Event)
	case members.Type == "compound", members.Type == "" && members.Require != nil:
		t.Compound = &CompoundTrigger{Type: "compound"}
		return json.Unmarshal(raw, t.Compound)
	case members.Type == "sequence", members.Type == "" && members.Triggers != nil:
		t.Sequence = &SequenceTrigger{Type: "sequence"}
		return json.Unmarshal(raw, t.Sequence)
	}
	return errNoTrigger
}

// LabelValues are the values that a label may have to match. Each may hold wildcards, and a "!" in front takes it for what must not be.
type LabelValues struct {
	Values []string
	// One tells that the value was given as a text and not as a list.
	One bool
}

// MarshalJSONTo writes the values as they were given.
func (v LabelValues) MarshalJSONTo(enc *jsontext.Encoder) error {
	if v.One && len(v.Values) == 1 {
		return enc.WriteToken(jsontext.String(v.Values[0]))
	}
	return json.MarshalEncode(enc, v.Values)
}

// UnmarshalJSONFrom reads a text or a list.
func (v *LabelValues) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*v = LabelValues{}
	if dec.PeekKind() == '"' {
		v.One, v.Values = true, make([]string, 1)
		return json.UnmarshalDecode(dec, &v.Values[0])
	}
	return json.UnmarshalDecode(dec, &v.Values)
}

// AnyOf lists the forms of a label's values, for the API's description.
func (LabelValues) AnyOf() []any { return []any{"", []string{}} }

// ResourceSpecification says which labels a resource must have.
type ResourceSpecification map[string]LabelValues

// everyOfKind tells whether every resource of the kind is meant.
func (s ResourceSpecification) everyOfKind(kind string) bool {
	if len(s) == 0 {
		return true
	}
	if len(s) == 1 {
		for _, value := range s[ResourceID].Values {
			if value == kind+".*" {
				return true
			}
		}
	}
	return false
}

// RelatedSpecification says which related resources an event must have: for each specification one.
type RelatedSpecification struct {
	All []ResourceSpecification
	// List tells that they were given as a list and not as the only one.
	List bool
}

// AnyOf lists the forms of the specification, for the API's description.
func (RelatedSpecification) AnyOf() []any {
	return []any{ResourceSpecification{}, []ResourceSpecification{}}
}

// MarshalJSONTo writes the specifications as they were given.
func (r RelatedSpecification) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch {
	case r.List:
		return json.MarshalEncode(enc, r.All)
	case len(r.All) == 0:
		return json.MarshalEncode(enc, ResourceSpecification{})
	}
	return json.MarshalEncode(enc, r.All[0])
}

// UnmarshalJSONFrom reads one specification or a list.
func (r *RelatedSpecification) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*r = RelatedSpecification{List: dec.PeekKind() == '['}
	if r.List {
		return json.UnmarshalDecode(dec, &r.All)
	}
	r.All = make([]ResourceSpecification, 1)
	return json.UnmarshalDecode(dec, &r.All[0])
}
