package blocks

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"praetor/internal/prefect"
)

// obfuscated stands in the place of every secret, whatever its length.
const obfuscated = `"********"`

// secretPaths is the tree of the names that lead to a schema's secrets.
type secretPaths struct {
	inner map[string]*secretPaths
	// secret: the value here is one, with all that is in it. (The reference shows the parts of a secret that is an object;
	// here they stay secret.)
	secret bool
	// all: every value below is one that cannot be told from the others by name ("headers.*").
	all bool
}

// secretsOf reads secret_fields of a schema's fields: "url", "child.password", "headers.*".
func secretsOf(fields prefect.Object) (*secretPaths, error) {
	if !bytes.Contains(fields, []byte(`"secret_fields"`)) {
		return nil, nil
	}
	schema, err := parseShallow(prefect.Raw(fields))
	if err != nil {
		return nil, err
	}
	raw, ok := schema.get("secret_fields").(jsontext.Value)
	if !ok {
		return nil, nil
	}
	list, err := parse(raw)
	if err != nil {
		return nil, err
	}
	paths, _ := list.([]any)
	var root *secretPaths
	for _, p := range paths {
		if path, ok := p.(string); ok {
			if root == nil {
				root = &secretPaths{}
			}
			root.add(strings.Split(path, "."))
		}
	}
	return root, nil
}

func (s *secretPaths) add(path []string) {
	for _, name := range path {
		if name == "*" {
			s.all = true
			return
		}
		next := s.inner[name]
		if next == nil {
			next = &secretPaths{}
			if s.inner == nil {
				s.inner = map[string]*secretPaths{}
			}
			s.inner[name] = next
		}
		s = next
	}
	s.secret = true
}

// below is what holds for the member of that name.
func (s *secretPaths) below(name string) *secretPaths {
	if s.all {
		return s
	}
	return s.inner[name]
}

// hide puts stars in the place of the secrets in data.
func (s *secretPaths) hide(data prefect.Object) (prefect.Object, error) {
	return s.rewrite(data, func(_ string, value jsontext.Value, named bool) jsontext.Value {
		if named && value.Kind() == 'n' {
			return nil // nothing is no secret
		}
		return jsontext.Value(obfuscated)
	})
}

// restore puts the secrets of current where data has stars: somebody sends back what was shown to them.
func (s *secretPaths) restore(data, current prefect.Object) (prefect.Object, error) {
	if s == nil || !bytes.Contains(data, []byte(`"********"`)) {
		return data, nil
	}
	known := map[string]jsontext.Value{}
	if _, err := s.rewrite(current, func(path string, value jsontext.Value, named bool) jsontext.Value {
		if !named || value.Kind() != 'n' {
			known[path] = value.Clone()
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return s.rewrite(data, func(path string, value jsontext.Value, _ bool) jsontext.Value {
		if string(value) != obfuscated {
			return nil
		}
		return known[path]
	})
}

// visitor sees a secret, under a path that is unique to it; named tells that it was named itself, and not with all that is
// below something. It gives what takes the secret's place, or nil.
type visitor func(path string, value jsontext.Value, named bool) jsontext.Value

// rewrite visits every secret in data and gives the data as the visitor leaves it. It reads the data once.
func (s *secretPaths) rewrite(data prefect.Object, visit visitor) (prefect.Object, error) {
	if s == nil {
		return data, nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	out, err := s.value(make([]byte, 0, len(data)), dec, "", visit)
	if err != nil {
		return nil, fmt.Errorf("a block's data is not understood: %w", err)
	}
	return out, nil
}

func (s *secretPaths) value(out []byte, dec *jsontext.Decoder, path string, visit visitor) ([]byte, error) {
	isObject := dec.PeekKind() == '{'
	if s == nil || s.secret || !isObject {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if s != nil && (s.secret || s.all) {
			if other := visit(path, value, s.secret); other != nil {
				value = other
			}
		}
		return append(out, value...), nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	start := len(out)
	out = append(out, '{')
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		if len(out) > start+1 {
			out = append(out, ',')
		}
		name := token.String()
		out = append(plainJSON.str(out, name), ':')
		if out, err = s.below(name).value(out, dec, path+"\x00"+name, visit); err != nil {
			return nil, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	if len(out) == start+1 && s.all && path != "" {
		if other := visit(path, jsontext.Value("{}"), false); other != nil {
			return append(out[:start], other...), nil
		}
	}
	return append(out, '}'), nil
}
