package wire

import (
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// specials are the decoders of fields whose type the tags cannot describe, by the name in their wire tag.
func specials() map[string]decoder {
	return map[string]decoder{"retry_delay": decodeRetryDelay, "task_inputs": decodeTaskInputs, "bytes": decodeBytes}
}

// decodeBytes takes text; only what it says of other things differs from decodeString.
func decodeBytes(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '"' {
		c.add("bytes_type", at, "Input should be a valid bytes", raw, "")
		return
	}
	v.SetString(text(raw))
}

// decodeRetryDelay takes null, a number, or a list of numbers.
func decodeRetryDelay(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	var whole int64
	var broken float64
	var list []float64
	try := func(decode decoder, into any, name string) []Problem {
		attempt := &call{}
		decode(attempt, raw, reflect.ValueOf(into).Elem(), at.at(name))
		return attempt.problems
	}
	var problems []Problem
	switch raw.Kind() {
	case 'n':
		v.SetZero()
		return
	case '0':
		v.SetBytes(raw.Clone())
		return
	}
	keep := func(value any) {
		text, err := json.Marshal(value)
		if err == nil { // numbers always encode
			v.SetBytes(text)
		}
	}
	if found := try(decodeInt, &whole, "int"); found == nil {
		keep(whole)
		return
	} else {
		problems = append(problems, found...)
	}
	if found := try(decodeFloat, &broken, "float"); found == nil {
		keep(broken)
		return
	} else {
		problems = append(problems, found...)
	}
	var wholes []int64
	if found := try(listDecoder(reflect.TypeFor[[]int64](), false), &wholes, "list[int]"); found == nil {
		keep(wholes)
		return
	} else {
		problems = append(problems, found...)
	}
	if found := try(listDecoder(reflect.TypeFor[[]float64](), false), &list, "list[float]"); found == nil {
		keep(list)
		return
	} else {
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
func decodeTaskInputs(c *call, raw jsontext.Value, v reflect.Value, at *place) {
	if raw.Kind() != '{' {
		c.add("dict_type", at, "Input should be a valid dictionary", raw, "")
		return
	}
	inputs := map[string][]any{}
	eachMember(raw, func(name string, list jsontext.Value) {
		here := at.at(name)
		if list.Kind() != '[' {
			c.add("list_type", here, "Input should be a valid list", list, "")
			return
		}
		inputs[name] = []any{}
		eachItem(list, func(i int, value jsontext.Value) {
			forms := []struct {
				name string
				into any
			}{{"TaskRunResult", &taskRunInput{}}, {"FlowRunResult", &flowRunInput{}}, {"Parameter", &parameterInput{}}, {"Constant", &constantInput{}}}
			var problems []Problem
			for _, form := range forms {
				attempt := &call{}
				into := reflect.ValueOf(form.into).Elem()
				planOf(into.Type()).model(attempt, value, into, here.item(i).at(form.name))
				if attempt.problems == nil {
					inputs[name] = append(inputs[name], form.into)
					return
				}
				problems = append(problems, attempt.problems...)
			}
			c.problems = append(c.problems, problems...)
		})
	})
	text, err := json.Marshal(inputs, json.Deterministic(true))
	if err == nil { // strings and UUIDs always encode
		v.SetBytes(text)
	}
}
