package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// readDotenv reads a file of NAME=value lines as python-dotenv does: values may be in quotes (double ones know escapes and
// both kinds may hold line breaks), and ${NAME} or ${NAME:-default} means a value of the file or of the environment.
func readDotenv(path string, environ map[string]string) (values map[string]string, warnings []string, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	exact := map[string]string{}
	rest := strings.ReplaceAll(strings.TrimPrefix(string(content), "\uFEFF"), "\r\n", "\n")
	for line := 1; rest != ""; {
		entry, size := nextEntry(rest)
		switch {
		case !entry.ok:
			warnings = append(warnings, fmt.Sprintf("%s: line %d is no NAME=value and is left out", path, line))
		case entry.set:
			exact[entry.name] = interpolate(entry.value, exact, environ)
		}
		line += strings.Count(rest[:size], "\n")
		rest = rest[size:]
	}
	return upperNames(exact), warnings, nil
}

// entry is one statement of a .env file; one without a value is not set.
type entry struct {
	name, value string
	set, ok     bool
}

var (
	entryName  = regexp.MustCompile(`^[ \t]*(?:export[ \t]+)?(?:'([^']+)'|([^=#\s]+))[ \t]*`)
	singleForm = regexp.MustCompile(`^'((?:\\'|[^'])*)'`)
	doubleForm = regexp.MustCompile(`^"((?:\\"|[^"])*)"`)
	lineEnd    = regexp.MustCompile(`^[ \t]*(?:#[^\n]*)?(?:\n|$)`)
	comment    = regexp.MustCompile(`\s+#.*`)
	embedded   = regexp.MustCompile(`\$\{([^}:]*)(?::-([^}]*))?\}`)
)

// nextEntry reads the statement at the beginning of the text and tells how much of it that is.
func nextEntry(s string) (entry, int) {
	bad := func() (entry, int) {
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return entry{}, i + 1
		}
		return entry{}, len(s)
	}
	if end := lineEnd.FindString(s); end != "" {
		return entry{ok: true}, len(end) // an empty line or a comment
	}
	m := entryName.FindStringSubmatch(s)
	if m == nil {
		return bad()
	}
	e := entry{name: m[1] + m[2], ok: true}
	at := len(m[0])
	if !strings.HasPrefix(s[at:], "=") {
		end := lineEnd.FindString(s[at:])
		if end == "" && at < len(s) {
			return bad()
		}
		return e, at + len(end)
	}
	at++
	at += len(s[at:]) - len(strings.TrimLeft(s[at:], " \t"))
	e.set = true
	if m := singleForm.FindStringSubmatch(s[at:]); m != nil {
		e.value = strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(m[1])
		at += len(m[0])
	} else if m := doubleForm.FindStringSubmatch(s[at:]); m != nil {
		e.value = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\a`, "\a", `\b`, "\b", `\f`, "\f", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\v`, "\v").Replace(m[1])
		at += len(m[0])
	} else if strings.HasPrefix(s[at:], "'") || strings.HasPrefix(s[at:], `"`) {
		return bad() // a quote that nothing closes
	} else {
		line, _, _ := strings.Cut(s[at:], "\n")
		at += len(line)
		e.value = strings.TrimRight(comment.ReplaceAllString(line, ""), " \t")
	}
	end := lineEnd.FindString(s[at:])
	if end == "" && at < len(s) {
		return bad()
	}
	return e, at + len(end)
}

// interpolate replaces ${NAME}: the file's own values win over the environment's.
func interpolate(value string, file, environ map[string]string) string {
	return embedded.ReplaceAllStringFunc(value, func(found string) string {
		m := embedded.FindStringSubmatch(found)
		if v, ok := file[m[1]]; ok {
			return v
		}
		if v, ok := environ[m[1]]; ok {
			return v
		}
		return m[2]
	})
}
