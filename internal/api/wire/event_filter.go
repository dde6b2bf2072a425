package wire

import (
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// decodeOneOrList takes a model, or a list of them, into a slice, which null leaves nil.
func decodeOneOrList(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() == 'n' {
		v.SetZero()
		return
	}
	element := v.Type().Elem()
	one := reflect.New(element).Elem()
	problems := c.attempt(element.Name(), func() { planOf(element).model(c, raw, one) })
	if problems == nil {
		v.Set(reflect.Append(reflect.MakeSlice(v.Type(), 0, 1), one))
		return
	}
	found := c.attempt("list["+element.Name()+"]", func() { listDecoder(v.Type(), false)(c, raw, v) })
	if found != nil {
		c.problems = append(append(c.problems, problems...), found...)
	}
}

// decodeLabelFilter takes an object whose members are texts or lists of texts.
func decodeLabelFilter(c *call, raw jsontext.Value, v reflect.Value) {
	if raw.Kind() != '{' {
		c.add("dict_type", "Input should be a valid dictionary", raw, "")
		return
	}
	spec := prefect.ResourceSpecification{}
	for m := membersOf(raw); m.next(); {
		name := text(m.literal)
		if m.value.Kind() == '"' {
			spec[name] = prefect.LabelValues{Values: []string{text(m.value)}, One: true}
			continue
		}
		var values []string
		c.at(name)
		found := c.attempt("list[str]", func() {
			listDecoder(reflect.TypeFor[[]string](), false)(c, m.value, reflect.ValueOf(&values).Elem())
		})
		if found != nil {
			c.at("str")
			c.add("string_type", "Input should be a valid string", m.value, "")
			c.leave()
			c.problems = append(c.problems, found...)
		}
		c.leave()
		spec[name] = prefect.LabelValues{Values: values}
	}
	v.Set(reflect.ValueOf(spec))
}

// decodeResourceInRole takes a list of two texts.
func decodeResourceInRole(c *call, raw jsontext.Value, v reflect.Value) {
	const size = 2
	if raw.Kind() != '[' {
		c.add("tuple_type", "Input should be a valid tuple", raw, "")
		return
	}
	n := count(raw)
	if n > size {
		actual := strconv.Itoa(n)
		c.add("too_long", "Tuple should have at most 2 items after validation, not "+actual, raw,
			`{"field_type":"Tuple","max_length":2,"actual_length":`+actual+`}`)
		return
	}
	for all := itemsOf(raw); all.next(); {
		c.item(all.index)
		decodeString(c, all.value, v.Field(all.index))
		c.leave()
	}
	for i := n; i < size; i++ {
		c.item(i)
		c.missing(raw)
		c.leave()
	}
}
