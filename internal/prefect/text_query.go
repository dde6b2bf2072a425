package prefect

import (
	"strings"
	"unicode"
)

// TextQuery is a parsed text search, all in lower case: something of Include (if there is any), everything of Required
// and nothing of Exclude.
type TextQuery struct {
	Include, Required, Exclude []string
}

// ParseTextQuery reads a search as people type it: words and "quoted phrases", with + before what is required and - or !
// before what is excluded. Inside quotes, a backslash takes the meaning from a quote or a backslash.
func ParseTextQuery(query string) TextQuery {
	var q TextQuery
	rest := []rune(strings.ToLower(query))
	for len(rest) > 0 {
		if unicode.IsSpace(rest[0]) {
			rest = rest[1:]
			continue
		}
		list := &q.Include
		if p := rest[0]; p == '+' || p == '-' || p == '!' {
			rest = rest[1:]
			if len(rest) == 0 || unicode.IsSpace(rest[0]) {
				continue // a lone sign means nothing
			}
			if list = &q.Exclude; p == '+' {
				list = &q.Required
			}
		}
		var term string
		if rest[0] == '"' {
			term, rest = phrase(rest[1:])
		} else {
			term, rest = word(rest)
		}
		if strings.TrimSpace(term) != "" {
			*list = append(*list, term)
		}
	}
	return q
}

func word(s []rune) (string, []rune) {
	end := 0
	for end < len(s) && !unicode.IsSpace(s[end]) && s[end] != '"' {
		end++
	}
	return string(s[:end]), s[end:]
}

// phrase reads up to the closing quote, or to the end where there is none.
func phrase(s []rune) (string, []rune) {
	var text []rune
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return string(text), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			if next := s[i+1]; next != '"' && next != '\\' {
				text = append(text, '\\')
			}
			i++
			text = append(text, s[i])
		default:
			text = append(text, s[i])
		}
	}
	return string(text), nil
}

// Matches tells whether the text, whatever its case, is what the query looks for.
func (q *TextQuery) Matches(text string) bool {
	text = strings.ToLower(text)
	found := len(q.Include) == 0
	for _, t := range q.Include {
		found = found || strings.Contains(text, t)
	}
	for _, t := range q.Required {
		found = found && strings.Contains(text, t)
	}
	for _, t := range q.Exclude {
		found = found && !strings.Contains(text, t)
	}
	return found
}
