package jinja

// What an Object may have besides attributes. An object without these behaves like a plain one of Python's.
type (
	// Reprer has a text inside lists that differs from its String.
	Reprer interface{ Repr() string }
	// Typed has a type's name for messages.
	Typed interface{ TypeName() string }
	// Indexed has items behind brackets.
	Indexed interface{ Item(key any) (any, bool) }
	// Iterable can be looped over.
	Iterable interface{ Iterate() []any }
	// Sized has a length.
	Sized interface{ Len() int }
	// Textual is a kind of text: filters and comparisons see Text, and only printing sees String.
	Textual interface{ Text() string }
	// Equaler compares itself. Objects without it are equal only to themselves, and are pointers.
	Equaler interface{ Equal(other any) bool }
	// Operand takes part in arithmetic, on either side; ok is false where it does not.
	Operand interface {
		Operate(op string, other any, reflected bool) (result any, ok bool, err error)
	}
)

// Fail is an error as a function of a template gives it; class is the name of Python's exception.
func Fail(class, format string, args ...any) error { return fail(class, format, args...) }

// Str is Python's str() of a value.
func Str(v any) string { return str(v) }

// Repr is Python's repr() of a value.
func Repr(v any) string { return repr(v) }

// Number gives a value as a floating number if it is one: whole, floating, or a boolean.
func Number(v any) (f float64, isFloat, ok bool) {
	_, f, isFloat, ok = number(v)
	return f, isFloat, ok
}

// Text gives a value's text if it is one.
func Text(v any) (string, bool) { return textOf(v) }

// Printf is Python's text % values.
func Printf(format string, v any) (string, error) {
	made, err := printf(format, v)
	return str(made), err
}

// Format is Python's text.format(v).
func Format(format string, v any) (string, error) {
	made, err := braces(format, Args{Positional: []any{v}})
	return str(made), err
}

// Get gives an argument by its position or by its name, or the other value. Of a filter, position 0 is the value.
func (a Args) Get(i int, name string, otherwise any) any { return a.or(i, name, otherwise) }

// Flag is Get for a truth.
func (a Args) Flag(i int, name string, otherwise bool) bool { return a.flag(i, name, otherwise) }

// String is Get for a text.
func (a Args) String(i int, name, otherwise string) string { return a.text(i, name, otherwise) }

// Integer is Get for a whole number; None is the other value.
func (a Args) Integer(i int, name string, otherwise int64) (int64, error) {
	return a.integer(i, name, otherwise)
}

// Attribute gives an attribute or a method of a value.
func Attribute(v any, name string) (any, bool) { return attribute(v, name) }
