package blocks

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"

	"praetor/internal/prefect"
)

// Checksum is the name by which clients find a schema: a hash of its fields, without those that say what is secret and
// without the definitions of other blocks, which have checksums of their own. Clients compute it in Python from a JSON text,
// so that text must come out the same to the byte.
func Checksum(fields prefect.Object) (string, error) {
	tree, err := parseObject(prefect.Raw(fields))
	if err != nil {
		return "", err
	}
	return checksum(tree), nil
}

func checksum(fields *object) string {
	fields = without(fields, "secret_fields")
	if definitions, ok := fields.get("definitions").(*object); ok && len(definitions.names) > 0 {
		setDefinitions(fields, ownDefinitions(fields, definitions))
	}
	// The text is that of a call's arguments: one by position, none by name.
	text := appendJSON([]byte("[["), fields, pythonJSON)
	sum := sha256.Sum256(append(text, "], {}]"...))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// without copies an object and the objects in it, but not those in lists, without the members of a name.
func without(o *object, name string) *object {
	c := newObject()
	for _, n := range o.names {
		if n == name {
			continue
		}
		v := o.values[n]
		if inner, ok := v.(*object); ok {
			v = without(inner, name)
		}
		c.set(n, v)
	}
	return c
}

// setDefinitions puts the definitions into the fields, or leaves the member out when there are none.
func setDefinitions(fields, definitions *object) {
	if len(definitions.names) == 0 {
		fields.drop("definitions")
		return
	}
	fields.set("definitions", definitions)
}

const definitionPrefix = "#/definitions/"

// ownDefinitions are the definitions that v needs, through others or at first hand, and that are not of blocks.
func ownDefinitions(v any, definitions *object) *object {
	own := newObject()
	var need func(v any)
	need = func(v any) {
		for _, ref := range references(v, nil) {
			name := strings.ReplaceAll(ref, definitionPrefix, "")
			definition, ok := definitions.get(name).(*object)
			if !ok || len(definition.names) == 0 || definition.get("block_type_slug") != nil || own.get(name) != nil {
				continue
			}
			own.set(name, definition)
			need(definition)
		}
	}
	need(v)
	return own
}

// references appends the texts of all "$ref" members in v.
func references(v any, found []string) []string {
	switch v := v.(type) {
	case *object:
		if ref, ok := v.get("$ref").(string); ok && ref != "" {
			found = append(found, ref)
		}
		for _, name := range v.names {
			found = references(v.values[name], found)
		}
	case []any:
		for _, item := range v {
			found = references(item, found)
		}
	}
	return found
}

// pythonJSON writes what json.dumps(value, sort_keys=True) does.
//
//nolint:gochecknoglobals // a constant in all but name
var pythonJSON = &style{
	colon: ": ", comma: ", ",
	names: func(o *object) []string { return slices.Sorted(slices.Values(o.names)) },
	str:   prefect.AppendPythonString,
	num:   appendPythonNumber,
}

// appendPythonNumber writes a number as Python does once it has read it: whole numbers as they are, others as the shortest
// text that reads as the same float, with an exponent outside of 1e-4 to 1e16.
func appendPythonNumber(dst []byte, n number) []byte {
	if !strings.ContainsAny(string(n), ".eE") {
		if n == "-0" {
			return append(dst, '0')
		}
		return append(dst, n...)
	}
	f, _ := strconv.ParseFloat(string(n), 64) // out of range is infinity, and the parser has seen that it is a number
	if math.IsInf(f, 0) {
		return append(dst, strings.Replace("+Infinity", "+", map[bool]string{true: "-"}[f < 0], 1)...)
	}
	if f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !strings.Contains(string(dst[start:]), ".") {
		dst = append(dst, ".0"...)
	}
	return dst
}
