package jinja

import "reflect"

// Validate refuses templates with more loops than Prefect's server lets in: a *SecurityError.
func (t *Template) Validate() error {
	w := &walker{names: map[string]bool{}}
	w.visit(reflect.ValueOf(t.body), 0)
	switch {
	case w.loops > maxLoops:
		return &SecurityError{"Contains " + repr(int64(w.loops)) + " for loops. Templates can contain no more than " + repr(int64(maxLoops)) + " for loops."}
	case w.deepest > maxLoopDeep:
		return &SecurityError{"Contains nested for loops at a depth of " + repr(int64(w.deepest)) + ". Templates can nest for loops no more than " +
			repr(int64(maxLoopDeep)) + " loops deep."}
	}
	return nil
}

// Names tells which names the template reads, its own among them.
func (t *Template) Names() map[string]bool {
	w := &walker{names: map[string]bool{}}
	w.visit(reflect.ValueOf(t.body), 0)
	return w.names
}

// walker visits every node of a template. Nodes are plain structs, so their fields lead everywhere.
type walker struct {
	loops, deepest int
	names          map[string]bool
}

func (w *walker) visit(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		w.visit(v.Elem(), depth)
	case reflect.Slice:
		for i := range v.Len() {
			w.visit(v.Index(i), depth)
		}
	case reflect.Struct:
		switch v.Type() {
		case reflect.TypeFor[constant]():
			return
		case reflect.TypeFor[loop]():
			depth++
			w.loops++
			w.deepest = max(w.deepest, depth)
		case reflect.TypeFor[variable]():
			w.names[v.FieldByName("name").String()] = true
		}
		for i := range v.NumField() {
			w.visit(v.Field(i), depth)
		}
	default:
	}
}
