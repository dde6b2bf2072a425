package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/automation"
	"praetor/internal/prefect"
)

//nolint:gochecknoglobals // Go has no constants of this kind
var (
	triggerType = reflect.TypeFor[prefect.Trigger]()
	actionType  = reflect.TypeFor[prefect.Action]()
	specType    = reflect.TypeFor[prefect.ResourceSpecification]()
	relatedType = reflect.TypeFor[prefect.RelatedSpecification]()
)

// maxTriggerDepth bounds how deep triggers may lie in each other.
const maxTriggerDepth = 16

// variant is one of the types that a value may have, told apart by its member "type".
type variant struct {
	kind string // what "type" says
	name string // what problems call it
	into reflect.Value
	read func(c *call, raw jsontext.Value, into reflect.Value)
}

// choose reads a value as that of the variants which fits it best: the one that its type names, or else the one that knows most of
// its members. Where none fits it notes of each what is wrong.
func (c *call) choose(raw jsontext.Value, variants []variant) (chosen int) {
	kind, named := "", false
	if raw.Kind() == '{' {
		if value := member(raw, "type"); value != nil {
			named = true
			if value.Kind() == '"' {
				kind = text(value)
			}
		}
	}
	attempt := func(v *variant) []Problem { return c.attempt(v.name, func() { v.read(c, raw, v.into) }) }
	var problems []Problem
	best, most := -1, -1
	for i := range variants {
		if named && variants[i].kind == kind {
			own := attempt(&variants[i])
			if own == nil {
				return i
			}
			if c.nested > 1 { // what is wrong with all other forms at each depth would be an answer without bound
				c.problems = append(c.problems, own...)
				return -1
			}
		}
	}
	for i := range variants {
		found := attempt(&variants[i])
		problems = append(problems, found...)
		if found != nil {
			continue
		}
		if n := planOf(variants[i].into.Type()).known(raw); n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		c.problems = append(c.problems, problems...)
	}
	return best
}

// known counts the members of an object that the model knows.
func (p *structPlan) known(raw jsontext.Value) int {
	if raw.Kind() != '{' {
		return 0
	}
	n := 0
	for m := membersOf(raw); m.next(); {
		if _, ok := p.byName[text(m.literal)]; ok {
			n++
		}
	}
	return n
}

// member is the value of an object's member, or nil.
func member(raw jsontext.Value, name string) jsontext.Value {
	var value jsontext.Value
	for m := membersOf(raw); m.next(); {
		if text(m.literal) == name {
			value = m.value
		}
	}
	return value
}

// readModel is the read of a variant that is a plain model.
func readModel(c *call, raw jsontext.Value, into reflect.Value) {
	planOf(into.Type()).model(c, raw, into)
}

func decodeTrigger(c *call, raw jsontext.Value, v reflect.Value) {
	if c.nested++; c.nested > maxTriggerDepth {
		c.nested--
		c.add("value_error", fmt.Sprintf("Value error, triggers may be nested %d deep", maxTriggerDepth), raw, `{"error":{}}`)
		return
	}
	defer func() { c.nested-- }()
	event, compound, sequence := &prefect.EventTrigger{ID: prefect.NewID()}, &prefect.CompoundTrigger{ID: prefect.NewID()}, &prefect.SequenceTrigger{ID: prefect.NewID()}
	forms := []prefect.Trigger{{Event: event}, {Compound: compound}, {Sequence: sequence}}
	chosen := c.choose(raw, []variant{
		{"event", "EventTrigger", reflect.ValueOf(event).Elem(), readEventTrigger},
		{"compound", "function-after[validate_require(), CompoundTrigger]", reflect.ValueOf(compound).Elem(), readModel},
		{"sequence", "SequenceTrigger", reflect.ValueOf(sequence).Elem(), readModel},
	})
	if chosen >= 0 {
		v.Set(reflect.ValueOf(forms[chosen]))
	}
}

// minProactive is the shortest window of a proactive trigger, and the one of those that name none, in seconds.
const minProactive = 10

// readEventTrigger reads an event trigger. The window is looked at before all else.
func readEventTrigger(c *call, raw jsontext.Value, into reflect.Value) {
	if raw.Kind() != '{' {
		readModel(c, raw, into)
		return
	}
	within := member(raw, "within")
	if string(within) == "null" {
		c.add("value_error", "Value error, `within` should be a valid timedelta", raw, `{"error":{}}`)
		return
	}
	if string(member(raw, "posture")) != `"`+string(prefect.Proactive)+`"` {
		readModel(c, raw, into)
		return
	}
	if within == nil || falsy(within) {
		if within != nil {
			raw = replaceMember(raw, "within", strconv.AppendInt(nil, minProactive, 10))
		}
		readModel(c, raw, into)
		into.FieldByName("Within").SetFloat(minProactive)
		return
	}
	seconds, known := 0.0, false
	switch within.Kind() {
	case '0':
		f, err := strconv.ParseFloat(string(within), 64)
		seconds, known = f, err == nil
	case '"':
		s, ok := prefect.ParseInterval(text(within))
		seconds, known = float64(s), ok
	case 't':
		seconds, known = 1, true
	}
	if known && seconds < minProactive {
		c.add("value_error", "Value error, `within` for Proactive triggers must be greater than or equal to 10 seconds", raw, `{"error":{}}`)
		return
	}
	readModel(c, raw, into)
}

// replaceMember gives the object with another value of a member.
func replaceMember(raw jsontext.Value, name string, value []byte) jsontext.Value {
	out := []byte{'{'}
	for m := membersOf(raw); m.next(); {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(out, m.literal...), ':')
		if text(m.literal) == name {
			out = append(out, value...)
		} else {
			out = append(out, m.value...)
		}
	}
	return append(out, '}')
}

func decodePosture(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() == '"' {
		if s := prefect.Posture(text(raw)); s == prefect.Reactive || s == prefect.Proactive {
			v.SetString(string(s))
			return
		}
	}
	const expected = "Posture.Reactive or Posture.Proactive"
	c.add("literal_error", "Input should be "+expected, raw, contextOf("expected", expected))
}

// maxInterval is the longest interval that Python has, in seconds.
const maxInterval = 999999999 * 86400

// decodeWithin takes an interval that is not negative.
func decodeWithin(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() { // Python takes a truth value for a number here
	case 't':
		raw = jsontext.Value("1")
	case 'f':
		raw = jsontext.Value("0")
	}
	if before := len(c.problems); decodeBoundedInterval(c, raw, v) && len(c.problems) == before && v.Float() < 0 {
		c.add("greater_than_equal", "Input should be greater than or equal to 0 seconds", raw, `{"ge":0.0}`)
	}
}

// decodeBoundedInterval takes an interval that Python has, and tells whether it was one.
func decodeBoundedInterval(c *call, raw jsontext.Value, v reflect.Value) bool {
	before := len(c.problems)
	decodeInterval(c, raw, v)
	if len(c.problems) > before {
		return false
	}
	if f := v.Float(); f > maxInterval || f < -maxInterval {
		const reason = "durations may not exceed 999,999,999 days"
		c.add("time_delta_parsing", "Input should be a valid timedelta, "+reason, raw, contextOf("error", reason))
		return false
	}
	return true
}

func decodeNullableInterval(c *call, raw jsontext.Value, v reflect.Value) {
	nullable(v.Type(), func(reflect.Type) decoder {
		return func(c *call, raw jsontext.Value, v reflect.Value) { decodeBoundedInterval(c, raw, v) }
	})(c, raw, v)
}

// decodeRequire takes a number, or one of two words.
func decodeRequire(c *call, raw jsontext.Value, v reflect.Value) {
	var r prefect.Require
	word := c.attempt("literal['any','all']", func() {
		enumDecoder([]string{"any", "all"}, "literal_error")(c, raw, reflect.ValueOf(&r.Word).Elem())
	})
	if word != nil {
		number := c.attempt("int", func() { intDecoder(false, nil)(c, raw, reflect.ValueOf(&r.Count).Elem()) })
		if number != nil {
			c.problems = append(append(c.problems, number...), word...)
			return
		}
	}
	v.Set(reflect.ValueOf(r))
}

const (
	specName    = "ResourceSpecification"
	specDict    = "dict[str,union[str,list[str]]]"
	specList    = "list[union[ResourceSpecification,dict[str,union[str,list[str]]]]]"
	notAnObject = "Input should be a valid dictionary"
)

// decodeSpecification takes labels, each with a text or several.
func decodeSpecification(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.noSpecification(raw)
		return
	}
	decodeLabelFilter(c, raw, v)
}

func (c *call) noSpecification(raw jsontext.Value) {
	for _, form := range []string{specName, specDict} {
		c.at(form)
		c.add("dict_type", notAnObject, raw, "")
		c.leave()
	}
}

// decodeRelated takes one specification or a list.
func decodeRelated(c *call, raw jsontext.Value, v reflect.Value) {
	related := prefect.RelatedSpecification{List: raw.Kind() == '['}
	switch raw.Kind() {
	case '{':
		related.All = make([]prefect.ResourceSpecification, 1)
		decodeSpecification(c, raw, reflect.ValueOf(&related.All[0]).Elem())
	case '[':
		before := len(c.problems)
		var strangers []items
		for all := itemsOf(raw); all.next(); {
			var spec prefect.ResourceSpecification
			if all.value.Kind() != '{' {
				strangers = append(strangers, all)
				continue
			}
			decodeSpecification(c, all.value, reflect.ValueOf(&spec).Elem())
			if len(c.problems) > before {
				return
			}
			related.All = append(related.All, spec)
		}
		if strangers != nil {
			c.noSpecification(raw)
			c.at(specList)
			for _, s := range strangers {
				c.item(s.index)
				c.noSpecification(s.value)
				c.leave()
			}
			c.leave()
		}
		if related.All == nil {
			related.All = []prefect.ResourceSpecification{}
		}
	default:
		c.noSpecification(raw)
		c.at(specList)
		c.add("list_type", "Input should be a valid list", raw, "")
		c.leave()
	}
	v.Set(reflect.ValueOf(related))
}

func decodeAction(c *call, raw jsontext.Value, v reflect.Value) {
	kinds := prefect.NewActions()
	variants := make([]variant, len(kinds))
	for i, kind := range kinds {
		into := reflect.ValueOf(kind).Elem()
		variants[i] = variant{kind.ActionType(), actionName(into.Type()), into, readModel}
	}
	if chosen := c.choose(raw, variants); chosen >= 0 {
		v.Set(reflect.ValueOf(prefect.Action{Is: kinds[chosen]}))
	}
}

// actionName is what problems call an action: by its check, where it has one of its own.
func actionName(t reflect.Type) string {
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			target := map[string]string{
				"DeploymentTarget": "deployment", "WorkQueueTarget": "work_queue", "WorkPoolTarget": "work_pool", "AutomationTarget": "automation",
			}[f.Name]
			return "function-after[selected_" + target + "_requires_id(), " + t.Name() + "]"
		}
	}
	return t.Name()
}

// decodeTemplate takes a text that is a template.
func decodeTemplate(c *call, raw jsontext.Value, v reflect.Value) {
	before := len(c.problems)
	decodeString(c, raw, v)
	if len(c.problems) > before {
		return
	}
	if wrong := automation.CheckTemplate(v.String()); wrong != "" {
		c.add("value_error", "Value error, '"+c.path[len(c.path)-1].name+"' is not a valid template: "+wrong, raw, `{"error":{}}`)
	}
}

// decodeTemplatePayload takes a template, or anything else as the text of its JSON.
func decodeTemplatePayload(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() {
	case '"', 'n':
		decodeTemplate(c, raw, v)
		return
	}
	pretty := jsontext.Value(bytes.Clone(raw))
	if err := pretty.Indent(jsontext.WithIndent("  ")); err != nil { // the body is valid
		c.add("string_type", "Input should be a valid string", raw, "")
		return
	}
	quoted, err := json.Marshal(strings.TrimSpace(string(pretty)))
	if err != nil {
		c.add("string_type", "Input should be a valid string", raw, "")
		return
	}
	decodeTemplate(c, quoted, v)
}

// decodeTemplateParameters takes the parameters of a run, which may hold templates, into a *Object.
func decodeTemplateParameters(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() == 'n' {
		v.SetZero()
		return
	}
	if raw.Kind() != '{' {
		c.add("dict_type", notAnObject, raw, "")
		return
	}
	object := prefect.Object(normalized(raw, c.infinite))
	v.Set(reflect.ValueOf(&object))
	if wrong := automation.CheckParameters(object); wrong != "" {
		c.add("value_error", "Value error, "+wrong, raw, `{"error":{}}`)
	}
}

// decodeDelay takes an interval that is not negative.
func decodeDelay(c *call, raw jsontext.Value, v reflect.Value) {
	if decodeBoundedInterval(c, raw, v) && v.Float() < 0 {
		c.add("value_error", "Value error, "+c.path[len(c.path)-1].name+" must be non-negative", raw, `{"error":{}}`)
	}
}
