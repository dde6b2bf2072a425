package jinja

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// method gives a method of a text, list, dictionary or number, bound to the value. Methods that would change their value
// are out of reach.
func method(v any, name string) (Func, bool) {
	switch x := v.(type) {
	case string:
		return textMethod(x, name)
	case Markup:
		f, ok := textMethod(string(x), name)
		return f, ok
	case *Dict:
		return dictMethod(x, name)
	case float64:
		if name == "is_integer" {
			return func(Args) (any, error) { return x == float64(int64(x)), nil }, true
		}
	}
	if items, ok := sequence(v); ok {
		return listMethod(v, items, name)
	}
	return nil, false
}

func listMethod(v any, items []any, name string) (Func, bool) {
	switch name {
	case "count":
		return func(a Args) (any, error) {
			n := int64(0)
			for _, item := range items {
				if equal(item, a.or(0, "value", nil)) {
					n++
				}
			}
			return n, nil
		}, true
	case "index":
		return func(a Args) (any, error) {
			wanted := a.or(0, "value", nil)
			for i, item := range items {
				if equal(item, wanted) {
					return int64(i), nil
				}
			}
			return nil, fail("ValueError", "%s is not in %s", repr(wanted), typeName(v))
		}, true
	}
	return nil, false
}

func dictMethod(d *Dict, name string) (Func, bool) {
	switch name {
	case "keys":
		return func(Args) (any, error) { return d.keys, nil }, true
	case "values":
		return func(Args) (any, error) {
			values := make([]any, len(d.keys))
			for i, k := range d.keys {
				values[i] = d.at(k)
			}
			return values, nil
		}, true
	case "items":
		return func(Args) (any, error) { return d.items(), nil }, true
	case "copy":
		return func(Args) (any, error) { return dictCall(Args{Positional: []any{d}}) }, true
	case "get":
		return func(a Args) (any, error) {
			if found, ok := d.Get(a.or(0, "key", nil)); ok {
				return found, nil
			}
			return a.or(1, "default", nil), nil
		}, true
	}
	return nil, false
}

// items gives pairs of keys and values.
func (d *Dict) items() []any {
	items := make([]any, len(d.keys))
	for i, k := range d.keys {
		items[i] = Tuple{k, d.at(k)}
	}
	return items
}

const whitespace = " \t\n\r\v\f\x1c\x1d\x1e\x1f\u0085\u00a0\u2028\u2029"

func textMethod(s, name string) (Func, bool) {
	plain := func(fn func(string) any) (Func, bool) {
		return func(Args) (any, error) { return fn(s), nil }, true
	}
	switch name {
	case "upper":
		return plain(func(s string) any { return upper(s) })
	case "lower", "casefold":
		return plain(func(s string) any { return strings.ToLower(s) })
	case "capitalize":
		return plain(func(s string) any { return capitalized(s) })
	case "title":
		return plain(func(s string) any { return titled(s) })
	case "swapcase":
		return plain(func(s string) any { return strings.Map(swapCase, s) })
	case "isdigit", "isdecimal", "isnumeric":
		return plain(func(s string) any { return allRunes(s, unicode.IsDigit) })
	case "isalpha":
		return plain(func(s string) any { return allRunes(s, unicode.IsLetter) })
	case "isalnum":
		return plain(func(s string) any {
			return allRunes(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		})
	case "isspace":
		return plain(func(s string) any { return allRunes(s, unicode.IsSpace) })
	case "islower":
		return plain(func(s string) any { return isCased(s, unicode.IsUpper, unicode.IsLower) })
	case "isupper":
		return plain(func(s string) any { return isCased(s, unicode.IsLower, unicode.IsUpper) })
	case "splitlines":
		return plain(func(s string) any {
			return texts(strings.Split(strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n"))
		})
	case "strip", "lstrip", "rstrip":
		return func(a Args) (any, error) { return stripped(name, s, a), nil }, true
	case "split", "rsplit":
		return func(a Args) (any, error) { return split(name, s, a) }, true
	case "startswith", "endswith":
		return func(a Args) (any, error) { return affixed(name, s, a.or(0, "prefix", "")), nil }, true
	case "find", "rfind", "index", "rindex", "count":
		return func(a Args) (any, error) { return find(name, s, a.text(0, "sub", "")) }, true
	case "replace":
		return func(a Args) (any, error) {
			n, err := a.integer(2, "count", -1)
			if err != nil {
				return nil, err
			}
			return replaced(s, a.text(0, "old", ""), a.text(1, "new", ""), int(n))
		}, true
	case "join":
		return func(a Args) (any, error) { return joinWith(s, a.or(0, "iterable", nil)) }, true
	case "zfill", "ljust", "rjust", "center":
		return func(a Args) (any, error) { return padded(name, s, a) }, true
	case "removeprefix":
		return func(a Args) (any, error) { return strings.TrimPrefix(s, a.text(0, "prefix", "")), nil }, true
	case "removesuffix":
		return func(a Args) (any, error) { return strings.TrimSuffix(s, a.text(0, "suffix", "")), nil }, true
	case "partition", "rpartition":
		return func(a Args) (any, error) { return partition(name, s, a.text(0, "sep", "")), nil }, true
	case "format":
		return func(a Args) (any, error) { return braces(s, a) }, true
	}
	return nil, false
}

// upper is Python's, which makes two letters of one that has no capital.
func upper(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "ß", "SS")) }

// changes tells whether a method would change its value, which a template must not.
func changes(v any, name string) bool {
	switch v.(type) {
	case []any:
		return slices.Contains([]string{"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"}, name)
	case *Dict:
		return slices.Contains([]string{"clear", "pop", "popitem", "setdefault", "update"}, name)
	}
	return false
}

func texts(list []string) []any {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return items
}

func capitalized(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(s[n:])
}

// titled begins every run of letters with a capital, as Python's str.title does.
func titled(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		letter := unicode.IsLetter(r)
		defer func() { inWord = letter }()
		if letter && !inWord {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func swapCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

func allRunes(s string, is func(rune) bool) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !is(r) }) < 0
}

func stripped(name, s string, a Args) string {
	set := whitespace
	if v := a.or(0, "chars", nil); v != nil {
		set = str(v)
	}
	switch name {
	case "lstrip":
		return strings.TrimLeft(s, set)
	case "rstrip":
		return strings.TrimRight(s, set)
	}
	return strings.Trim(s, set)
}

func split(name, s string, a Args) (any, error) {
	most, err := a.integer(1, "maxsplit", -1)
	if err != nil {
		return nil, err
	}
	separator := a.or(0, "sep", nil)
	if separator == nil {
		fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(whitespace, r) })
		if most >= 0 && int(most) < len(fields)-1 {
			return texts(cutFields(name, s, fields, int(most))), nil
		}
		return texts(fields), nil
	}
	sep := str(separator)
	if sep == "" {
		return nil, fail("ValueError", "empty separator")
	}
	parts := strings.Split(s, sep)
	if n := int(most); most >= 0 && n < len(parts)-1 {
		if name == "rsplit" {
			parts = append([]string{strings.Join(parts[:len(parts)-n], sep)}, parts[len(parts)-n:]...)
		} else {
			parts = append(parts[:n:n], strings.Join(parts[n:], sep))
		}
	}
	return texts(parts), nil
}

// cutFields splits on white space at most n times: what is left keeps its own.
func cutFields(name, s string, fields []string, n int) []string {
	s = strings.Trim(s, whitespace)
	if name == "rsplit" {
		kept := fields[len(fields)-n:]
		for i := len(kept) - 1; i >= 0; i-- {
			s = strings.TrimRight(strings.TrimSuffix(s, kept[i]), whitespace)
		}
		return append([]string{s}, kept...)
	}
	kept := fields[:n:n]
	for _, field := range kept {
		s = strings.TrimLeft(strings.TrimPrefix(s, field), whitespace)
	}
	return append(kept, s)
}

func affixed(name, s string, what any) bool {
	options, ok := what.(Tuple)
	if !ok {
		options = Tuple{what}
	}
	for _, o := range options {
		if name == "startswith" && strings.HasPrefix(s, str(o)) || name == "endswith" && strings.HasSuffix(s, str(o)) {
			return true
		}
	}
	return false
}

func find(name, s, part string) (any, error) {
	if name == "count" {
		return int64(strings.Count(s, part)), nil
	}
	at := strings.Index(s, part)
	if strings.HasPrefix(name, "r") {
		at = strings.LastIndex(s, part)
	}
	if at < 0 {
		if strings.HasSuffix(name, "index") {
			return nil, fail("ValueError", "substring not found")
		}
		return int64(-1), nil
	}
	return int64(utf8.RuneCountInString(s[:at])), nil
}

func replaced(s, from, to string, n int) (any, error) {
	times := strings.Count(s, from)
	if n >= 0 {
		times = min(times, n)
	}
	if len(to) > 0 && times > maxText/len(to) {
		return nil, fail("OverflowError", "text too long")
	}
	return strings.Replace(s, from, to, n), nil
}

func joinWith(separator string, v any) (any, error) {
	items, err := iterate(v)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, item := range items {
		s, ok := textOf(item)
		if !ok {
			return nil, typeError("sequence item %d: expected str instance, %s found", i, typeName(item))
		}
		if i > 0 {
			b.WriteString(separator)
		}
		if b.WriteString(s); b.Len() > maxText {
			return nil, fail("OverflowError", "text too long")
		}
	}
	return b.String(), nil
}

func padded(name, s string, a Args) (any, error) {
	width, err := a.integer(0, "width", 0)
	if err != nil {
		return nil, err
	}
	n := width - int64(utf8.RuneCountInString(s))
	if n <= 0 {
		return s, nil
	}
	if n > maxText {
		return nil, fail("OverflowError", "text too long")
	}
	fill := a.text(1, "fillchar", " ")
	switch name {
	case "ljust":
		return s + strings.Repeat(fill, int(n)), nil
	case "center":
		left := n/2 + n&width&1
		return strings.Repeat(fill, int(left)) + s + strings.Repeat(fill, int(n-left)), nil
	case "zfill":
		if s != "" && (s[0] == '-' || s[0] == '+') {
			return s[:1] + strings.Repeat("0", int(n)) + s[1:], nil
		}
		fill = "0"
	}
	return strings.Repeat(fill, int(n)) + s, nil
}

func partition(name, s, separator string) Tuple {
	at := strings.Index(s, separator)
	if name == "rpartition" {
		at = strings.LastIndex(s, separator)
	}
	switch {
	case at >= 0:
		return Tuple{s[:at], separator, s[at+len(separator):]}
	case name == "rpartition":
		return Tuple{"", "", s}
	}
	return Tuple{s, "", ""}
}
