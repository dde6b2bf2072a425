package jinja

import (
	"html"
	"math"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filter applies a filter to a value.
func (r *renderer) filter(e *filtered, v any, f *frame) (any, error) {
	args, err := r.arguments(&e.args, f)
	if err != nil {
		return nil, err
	}
	return r.apply(e.name, v, args)
}

func (r *renderer) apply(name string, v any, args Args) (any, error) {
	fn, ok := r.findFilter(name)
	if !ok {
		return nil, fail("TemplateAssertionError", "No filter named %s.", repr(name))
	}
	return fn(Args{Positional: append([]any{v}, args.Positional...), Named: args.Named})
}

// findFilter gives a filter: Jinja's own, or one of the options.
func (r *renderer) findFilter(name string) (Func, bool) {
	if f, ok := r.filters[name]; ok {
		return f, true
	}
	if f := valueFilter(name); f != nil {
		return f, true
	}
	if f := r.listFilter(name); f != nil {
		return f, true
	}
	return nil, false
}

// valueFilter gives the filters that look at one value. Their first argument is the value.
func valueFilter(name string) Func {
	switch name {
	case "abs":
		return absolute
	case "attr":
		return func(a Args) (any, error) {
			v, key := a.or(0, "", nil), a.text(1, "name", "")
			if found, ok := attribute(v, key); ok {
				return found, nil
			}
			return missing(v, key), nil
		}
	case "capitalize":
		return onText(func(s string, _ Args) (any, error) { return capitalized(s), nil })
	case "center":
		return onText(func(s string, a Args) (any, error) {
			return padded("center", s, Args{Positional: []any{a.or(1, "width", int64(80))}})
		})
	case "default", "d":
		return func(a Args) (any, error) {
			v := a.or(0, "", nil)
			if _, undefined := v.(Undefined); undefined || a.flag(2, "boolean", false) && !truthy(v) {
				return a.or(1, "default_value", ""), nil
			}
			return v, nil
		}
	case "escape", "e":
		return func(a Args) (any, error) {
			if m, ok := a.or(0, "", nil).(Markup); ok {
				return m, nil
			}
			return Markup(escape(a.text(0, "", ""))), nil
		}
	case "forceescape":
		return onText(func(s string, _ Args) (any, error) { return Markup(escape(s)), nil })
	case "filesizeformat":
		return fileSize
	case "float":
		return func(a Args) (any, error) { return toFloat(a.or(0, "", nil), a.or(1, "default", 0.0)), nil }
	case "int":
		return toInt
	case "format":
		return func(a Args) (any, error) {
			if len(a.Positional) > 1 {
				return printf(a.text(0, "", ""), Tuple(a.Positional[1:]))
			}
			d, err := dictCall(Args{Named: a.Named})
			if err != nil {
				return nil, err
			}
			return printf(a.text(0, "", ""), d)
		}
	case "indent":
		return onText(indent)
	case "length", "count":
		return length
	case "lower":
		return onText(func(s string, _ Args) (any, error) { return strings.ToLower(s), nil })
	case "upper":
		return onText(func(s string, _ Args) (any, error) { return upper(s), nil })
	case "title":
		return onText(func(s string, _ Args) (any, error) { return headline(s), nil })
	case "pprint":
		return func(a Args) (any, error) { return repr(a.or(0, "", nil)), nil }
	case "replace":
		return onText(func(s string, a Args) (any, error) {
			n, err := a.integer(3, "count", -1)
			if err != nil {
				return nil, err
			}
			return replaced(s, a.text(1, "old", ""), a.text(2, "new", ""), int(n))
		})
	case "round":
		return round
	case "safe":
		return func(a Args) (any, error) { return Markup(a.text(0, "", "")), nil }
	case "string":
		return func(a Args) (any, error) {
			if m, ok := a.or(0, "", nil).(Markup); ok {
				return m, nil
			}
			return a.text(0, "", ""), nil
		}
	case "striptags":
		return onText(func(s string, _ Args) (any, error) { return stripTags(s), nil })
	case "tojson":
		return toJSON
	case "trim":
		return onText(func(s string, a Args) (any, error) {
			return stripped("strip", s, Args{Positional: []any{a.or(1, "chars", nil)}}), nil
		})
	case "truncate":
		return onText(truncate)
	case "urlencode":
		return urlEncode
	case "wordcount":
		return onText(func(s string, _ Args) (any, error) { return int64(len(wordForm.FindAllString(s, -1))), nil })
	case "wordwrap":
		return onText(wordWrap)
	case "xmlattr":
		return xmlAttributes
	}
	return nil
}

var wordForm = regexp.MustCompile(`[\p{L}\p{N}_]+`)

// onText makes a filter of a function on the value's text; markup stays markup.
func onText(fn func(string, Args) (any, error)) Func {
	return func(a Args) (any, error) {
		v, err := fn(a.text(0, "", ""), a)
		if s, ok := v.(string); ok {
			if _, isMarkup := a.or(0, "", nil).(Markup); isMarkup {
				return Markup(s), err
			}
		}
		return v, err
	}
}

// escape writes the signs of HTML as Jinja does.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", `"`, "&#34;").Replace(s)
}

func absolute(a Args) (any, error) {
	v := a.or(0, "", nil)
	i, f, isFloat, ok := number(v)
	switch {
	case !ok:
		return nil, typeError("bad operand type for abs(): %s", repr(typeName(v)))
	case isFloat:
		return math.Abs(f), nil
	case i < 0:
		return integers("-", 0, i)
	}
	return i, nil
}

func fileSize(a Args) (any, error) {
	bytes, ok := toFloat(a.or(0, "", nil), nil).(float64)
	if !ok {
		return nil, typeError("the value is no number")
	}
	base, prefixes := 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if a.flag(1, "binary", false) {
		base, prefixes = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if bytes == 1 {
		return "1 Byte", nil
	}
	if bytes < base {
		return strconv.FormatInt(int64(bytes), 10) + " Bytes", nil
	}
	for i, prefix := range prefixes {
		unit := math.Pow(base, float64(i+2))
		if bytes < unit || i == len(prefixes)-1 {
			return strconv.FormatFloat(base*bytes/unit, 'f', 1, 64) + " " + prefix, nil
		}
	}
	return nil, nil
}

func toFloat(v, otherwise any) any {
	if _, f, _, ok := number(v); ok {
		return f
	}
	if s, ok := textOf(v); ok {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return f
		}
	}
	return otherwise
}

func toInt(a Args) (any, error) {
	v, otherwise := a.or(0, "", nil), a.or(1, "default", int64(0))
	base, err := a.integer(2, "base", 10)
	if err != nil {
		return nil, err
	}
	i, f, isFloat, isNumber := number(v)
	s, isText := textOf(v)
	switch {
	case isNumber && !isFloat:
		return i, nil
	case isText:
		s = strings.ReplaceAll(strings.TrimSpace(s), "_", "")
		if base == 16 || base == 8 || base == 2 {
			s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "0x"), "0o"), "0b")
		}
		if n, err := strconv.ParseInt(s, int(min(max(base, 2), 36)), 64); err == nil {
			return n, nil
		}
		parsed, isNumber := toFloat(s, nil).(float64)
		if !isNumber {
			return otherwise, nil
		}
		f = parsed
	case !isFloat:
		return otherwise, nil
	}
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return otherwise, nil
	}
	return int64(f), nil
}

func indent(s string, a Args) (any, error) {
	prefix := "    "
	switch w := a.or(1, "width", int64(4)).(type) {
	case string:
		prefix = w
	case int64:
		if w > 1000 {
			return nil, fail("OverflowError", "text too long")
		}
		prefix = strings.Repeat(" ", int(max(w, 0)))
	}
	first, blank := a.flag(2, "first", false), a.flag(3, "blank", false)
	lines := strings.Split(s, "\n")
	size := len(s)
	for i, line := range lines {
		if (i > 0 || first) && (line != "" || blank) {
			lines[i] = prefix + line
			size += len(prefix)
		}
	}
	if size > maxText {
		return nil, fail("OverflowError", "text too long")
	}
	return strings.Join(lines, "\n"), nil
}

func length(a Args) (any, error) {
	v := a.or(0, "", nil)
	if s, ok := textOf(v); ok {
		return int64(utf8.RuneCountInString(s)), nil
	}
	switch x := v.(type) {
	case Sized:
		return int64(x.Len()), nil
	case Object:
		return nil, typeError("object of type %s has no len()", repr(typeName(v)))
	}
	if _, isNumber := v.(int64); isNumber || v == nil {
		return nil, typeError("object of type %s has no len()", repr(typeName(v)))
	}
	items, err := iterate(v)
	if err != nil {
		return nil, typeError("object of type %s has no len()", repr(typeName(v)))
	}
	return int64(len(items)), nil
}

var wordStart = regexp.MustCompile(`[-\s({\[<]+|[^-\s({\[<]+`)

// headline begins every word with a capital; unlike str.title it leaves what follows an apostrophe alone.
func headline(s string) string {
	return wordStart.ReplaceAllStringFunc(s, func(word string) string {
		r, n := utf8.DecodeRuneInString(word)
		return string(unicode.ToUpper(r)) + strings.ToLower(word[n:])
	})
}

func round(a Args) (any, error) {
	precision, err := a.integer(1, "precision", 0)
	if err != nil {
		return nil, err
	}
	v := a.or(0, "", nil)
	i, f, isFloat, ok := number(v)
	if !ok {
		return nil, typeError("type %s doesn't define __round__ method", typeName(v))
	}
	switch method := a.text(2, "method", "common"); method {
	case "common":
		if precision < 0 {
			scale := math.Pow(10, float64(-precision))
			if f = math.RoundToEven(f/scale) * scale; !isFloat {
				return int64(f), nil
			}
			return f, nil
		}
		if !isFloat {
			return i, nil
		}
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', int(min(precision, 300)), 64), 64)
		return rounded, err
	case "ceil", "floor":
		scale := math.Pow(10, float64(precision))
		if method == "ceil" {
			return math.Ceil(f*scale) / scale, nil
		}
		return math.Floor(f*scale) / scale, nil
	}
	return nil, fail("FilterArgumentError", "method must be common, ceil or floor")
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	htmlTag     = regexp.MustCompile(`(?s)<.*?>`)
)

func stripTags(s string) string {
	s = htmlTag.ReplaceAllString(htmlComment.ReplaceAllString(s, ""), "")
	return html.UnescapeString(strings.Join(strings.Fields(s), " "))
}

func truncate(s string, a Args) (any, error) {
	most, err := a.integer(1, "length", 255)
	if err != nil {
		return nil, err
	}
	leeway, err := a.integer(4, "leeway", 5)
	if err != nil {
		return nil, err
	}
	end := a.text(3, "end", "...")
	runes, tail := []rune(s), int64(utf8.RuneCountInString(end))
	if most < tail {
		return nil, fail("AssertionError", "expected length >= %d, got %d", tail, most)
	}
	if int64(len(runes)) <= most+leeway {
		return s, nil
	}
	cut := string(runes[:most-tail])
	if !a.flag(2, "killwords", false) {
		if i := strings.LastIndex(cut, " "); i >= 0 {
			cut = cut[:i]
		}
	}
	return cut + end, nil
}

func urlEncode(a Args) (any, error) {
	quote := func(s string) string {
		return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	v := a.or(0, "", nil)
	if s, ok := textOf(v); ok {
		return strings.ReplaceAll(quote(s), "%2F", "/"), nil
	}
	pairs, ok := sequence(v)
	if d, isDict := v.(*Dict); isDict {
		pairs, ok = d.items(), true
	}
	if !ok {
		return strings.ReplaceAll(quote(str(v)), "%2F", "/"), nil
	}
	parts := make([]string, 0, len(pairs))
	for _, p := range pairs {
		pair, ok := sequence(p)
		if !ok || len(pair) != 2 {
			return nil, typeError("not a pair: %s", repr(p))
		}
		parts = append(parts, url.QueryEscape(str(pair[0]))+"="+url.QueryEscape(str(pair[1])))
	}
	return strings.Join(parts, "&"), nil
}

func wordWrap(s string, a Args) (any, error) {
	width, err := a.integer(1, "width", 79)
	if err != nil {
		return nil, err
	}
	width = max(width, 1)
	separator := a.text(3, "wrapstring", "\n")
	breakLong := a.flag(2, "break_long_words", true)
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			for {
				room := int(width) - utf8.RuneCountInString(line)
				if line != "" {
					room--
				}
				n := utf8.RuneCountInString(word)
				if n <= room {
					if line != "" {
						line += " "
					}
					line += word
					break
				}
				if line == "" {
					if !breakLong {
						line = word
						break
					}
					runes := []rune(word)
					lines, word = append(lines, string(runes[:width])), string(runes[width:])
					continue
				}
				lines, line = append(lines, line), ""
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, separator), nil
}

func xmlAttributes(a Args) (any, error) {
	d, ok := a.or(0, "", nil).(*Dict)
	if !ok {
		return nil, typeError("xmlattr needs a mapping")
	}
	var parts []string
	for _, k := range d.keys {
		v := d.at(k)
		if _, undefined := v.(Undefined); undefined || v == nil {
			continue
		}
		if key := str(k); strings.ContainsAny(key, " \t\n\f\r/>=") {
			return nil, fail("ValueError", "Invalid character in attribute name: %s", repr(key))
		}
		parts = append(parts, escape(str(k))+`="`+escape(str(v))+`"`)
	}
	joined := strings.Join(parts, " ")
	if joined != "" && a.flag(1, "autospace", true) {
		joined = " " + joined
	}
	return Markup(joined), nil
}

// pick is the filter random.
func pick(items []any) any {
	if len(items) == 0 {
		return Undefined{Reason: "No random item, sequence was empty."}
	}
	return items[rand.IntN(len(items))]
}
