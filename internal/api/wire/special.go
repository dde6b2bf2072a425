package wire

import (
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/workpool"
)

// specials are the decoders of fields whose type the tags cannot describe, by the name in their wire tag.
func specials() map[string]decoder {
	return map[string]decoder{
		"retry_delay": decodeRetryDelay, "task_inputs": decodeTaskInputs, "bytes": decodeBytes, "run_name": decodeRunName,
		"datetime": decodeDatetime, "pool_name": poolNameDecoder(), "job_template": decodeJobTemplate,
		"schedule": decodeSchedule, "interval": decodeInterval, "parameter_schema": decodeParameterSchema,
		"posture": decodePosture, "within": decodeWithin, "nullable_interval": decodeNullableInterval, "require": decodeRequire,
		"template": decodeTemplate, "template_payload": decodeTemplatePayload, "template_parameters": decodeTemplateParameters, "delay": decodeDelay,
		"one_or_list": decodeOneOrList, "label_filter": decodeLabelFilter, "any_float": decodeAnyFloat,
	}
}

// decodeBytes takes text; only what it says of other things differs from decodeString.
func decodeBytes(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '"' {
		c.add("bytes_type", "Input should be a valid bytes", raw, "")
		return
	}
	v.SetString(text(raw))
}

// decodeRunName takes a text into a *string, and as no name at all whatever Python takes for false: "", 0, [] and so on.
func decodeRunName(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() {
	case '"':
		if name := text(raw); name != "" {
			v.Set(reflect.ValueOf(&name))
			return
		}
	default:
		if !falsy(raw) {
			c.add("string_type", "Input should be a valid string", raw, "")
			return
		}
	}
	v.SetZero()
}

// poolNameDecoder takes a name that is more than blanks and quotes; that is looked at before anything else of it.
func poolNameDecoder() decoder {
	decode := checked(decodeString, []check{patternCheck("^[^/%&><]+$")})
	return func(c *call, raw jsontext.Value, v reflect.Value) {
		if raw.Kind() == '"' && strings.Trim(text(raw), `'" `) == "" {
			c.add("value_error", "Value error, name cannot be an empty string", raw, `{"error":{}}`)
			return
		}
		decode(c, raw, v)
	}
}

// decodeJobTemplate takes the base job template of a work pool.
func decodeJobTemplate(c *call, raw jsontext.Value, v reflect.Value) {
	before := len(c.problems)
	decodeObject(c, raw, v)
	if len(c.problems) > before {
		return
	}
	if wrong := workpool.CheckTemplate(v.Bytes()); wrong != "" {
		c.add("value_error", "Value error, "+wrong, raw, `{"error":{}}`)
	}
}

// falsy tells whether Python takes a value for false.
func falsy(raw jsontext.Value) bool {
	switch raw.Kind() {
	case '[', '{':
		return space(raw, 1) == len(raw)-1
	case '"':
		return len(raw) == len(`""`)
	case 't':
		return false
	case '0':
		f, err := strconv.ParseFloat(string(raw), 64)
		return err == nil && f == 0
	}
	return true
}

// attempt reads a value in one of several ways it may be meant, and gives the problems instead of noting them.
func (c *call) attempt(form string, read func()) []Problem {
	before := c.problems
	c.problems = nil
	c.at(form)
	read()
	c.leave()
	found := c.problems
	c.problems = before
	return found
}

// decodeRetryDelay takes null, a number, or a list of numbers.
func decodeRetryDelay(c *call, raw jsontext.Value, v reflect.Value) {
	switch raw.Kind() {
	case 'n':
		v.SetZero()
		return
	case '0':
		v.SetBytes(normalized(raw, c.infinite))
		return
	case '"':
		if digits, ok := wholeText(text(raw)); ok && len(digits) <= maxDigits {
			if n, ok := new(big.Int).SetString(string(digits), 10); ok { // of any size
				v.SetBytes(n.Append(nil, 10))
				return
			}
		}
	}
	var whole int64
	var number prefect.Seconds // which shows its fraction
	var wholes []int64
	var numbers []prefect.Seconds
	var problems []Problem
	for _, form := range []struct {
		name   string
		into   any
		decode decoder
	}{
		{"int", &whole, intDecoder(false, nil)},
		{"float", &number, decodeFloat},
		{"list[int]", &wholes, listDecoder(reflect.TypeFor[[]int64](), false)},
		{"list[float]", &numbers, listDecoder(reflect.TypeFor[[]prefect.Seconds](), false)},
	} {
		into := reflect.ValueOf(form.into).Elem()
		found := c.attempt(form.name, func() { form.decode(c, raw, into) })
		if found == nil {
			if text, err := json.Marshal(form.into); err == nil { // numbers always encode
				v.SetBytes(text)
			}
			return
		}
		problems = append(problems, found...)
	}
	c.problems = append(c.problems, problems...)
}

// The forms of a task's inputs: what a parameter of it came from.
type (
	taskRunInput struct {
		InputType string    `json:"input_type" default:"\"task_run\"" v:"literal=task_run"`
		ID        uuid.UUID `json:"id" v:"required"`
	}
	flowRunInput struct {
		InputType string    `json:"input_type" default:"\"flow_run\"" v:"literal=flow_run"`
		ID        uuid.UUID `json:"id" v:"required"`
	}
	parameterInput struct {
		InputType string `json:"input_type" default:"\"parameter\"" v:"literal=parameter"`
		Name      string `json:"name" v:"required"`
	}
	constantInput struct {
		InputType string `json:"input_type" default:"\"constant\"" v:"literal=constant"`
		Type      string `json:"type" v:"required"`
	}
)

// decodeTaskInputs takes a dictionary of lists of inputs and keeps each in the first form that fits it.
func decodeTaskInputs(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.add("dict_type", "Input should be a valid dictionary", raw, "")
		return
	}
	inputs := map[string][]any{}
	for m := membersOf(raw); m.next(); {
		name := text(m.literal)
		c.at(name)
		if m.value.Kind() != '[' {
			c.add("list_type", "Input should be a valid list", m.value, "")
			c.leave()
			continue
		}
		inputs[name] = []any{}
		for all := itemsOf(m.value); all.next(); {
			c.item(all.index)
			if form := decodeTaskInput(c, all.value); form != nil {
				inputs[name] = append(inputs[name], form)
			}
			c.leave()
		}
		c.leave()
	}
	if text, err := json.Marshal(inputs, json.Deterministic(true)); err == nil { // strings and UUIDs always encode
		v.SetBytes(text)
	}
}

func decodeTaskInput(c *call, raw jsontext.Value) any {
	var problems []Problem
	for _, form := range []struct {
		name string
		into any
	}{{"TaskRunResult", &taskRunInput{}}, {"FlowRunResult", &flowRunInput{}}, {"Parameter", &parameterInput{}}, {"Constant", &constantInput{}}} {
		into := reflect.ValueOf(form.into).Elem()
		found := c.attempt(form.name, func() { planOf(into.Type()).model(c, raw, into) })
		if found == nil {
			return form.into
		}
		problems = append(problems, found...)
	}
	c.problems = append(c.problems, problems...)
	return nil
}
