package corpus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wireTime is how the API writes an instant.
const wireTime = "2006-01-02T15:04:05.000000Z"

var (
	variablePattern = regexp.MustCompile(`\$\{([^}]+)\}`)
	nowPattern      = regexp.MustCompile(`^(setup\.)?now([+-]\d+)?$`)
	uuidPattern     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// Vars are the values a scenario's ${names} stand for on one server.
type Vars struct {
	// Start is when the setup of the file (or the scenario itself) began.
	Start time.Time
	// now is the instant ${now} means; fixed, so that equal expressions are equal.
	now time.Time
	// setupNow is what ${now} meant during the file's setup: ${setup.now}.
	setupNow time.Time
	// setupTook is how long the file's setup took.
	setupTook time.Duration
	// saved holds what steps saved, "base" and "uniq".
	saved map[string]any
	// sentTimes are the ${now...} expressions used so far, by instant.
	sentTimes map[int64]string
	// sentIDs are UUIDs that requests spell out: part of the scenario, not of the server.
	sentIDs map[string]bool
}

// NewVars starts the variables of a file at the given instant.
func NewVars(base string, start time.Time) *Vars {
	return &Vars{
		Start:     start,
		now:       oddMicrosecond(start),
		saved:     map[string]any{"base": base, "uniq": fmt.Sprintf("%010x", rand.Uint64()>>24)},
		sentTimes: map[int64]string{},
		sentIDs:   map[string]bool{},
	}
}

// Fork gives a scenario its own copy, with its own ${now} and ${uniq}.
func (v *Vars) Fork(start time.Time) *Vars {
	fork := NewVars("", start)
	fork.Start, fork.setupTook = v.Start, v.setupTook
	for name, value := range v.saved {
		if name != "uniq" {
			fork.saved[name] = value
		}
	}
	// What the setup made keeps its marker, under another name.
	fork.saved["setup.uniq"] = v.saved["uniq"]
	fork.setupNow = v.now
	for instant, name := range v.sentTimes {
		fork.sentTimes[instant] = "setup." + name
	}
	for id := range v.sentIDs {
		fork.sentIDs[id] = true
	}
	return fork
}

// elapsed is how long the requests have taken so far between which a duration may have been measured.
func (v *Vars) elapsed() time.Duration { return v.setupTook + time.Since(v.now) }

// oddMicrosecond keeps an instant from looking like one of whole milliseconds,
// which the API writes with fewer digits or a database may have truncated.
func oddMicrosecond(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond()/1000%1000 == 0 {
		t = t.Add(time.Microsecond)
	}
	return t
}

// value is what a ${name} stands for.
func (v *Vars) value(name string) (any, error) {
	if parts := nowPattern.FindStringSubmatch(name); parts != nil {
		at := v.now
		if parts[1] != "" {
			at = v.setupNow
		}
		if parts[2] != "" {
			seconds, err := strconv.ParseInt(parts[2], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("${%s}: %w", name, err)
			}
			at = at.Add(time.Duration(seconds) * time.Second)
		}
		v.sentTimes[at.UnixMicro()] = name
		return at.Format(wireTime), nil
	}
	value, ok := v.saved[name]
	if !ok {
		return nil, fmt.Errorf("${%s} was not saved by an earlier step", name)
	}
	return value, nil
}

// Expand replaces the ${names} within a text.
func (v *Vars) Expand(text string) (string, error) {
	var failed error
	expanded := variablePattern.ReplaceAllStringFunc(text, func(match string) string {
		value, err := v.value(match[2 : len(match)-1])
		if err != nil {
			failed = err
			return match
		}
		if text, ok := value.(string); ok {
			return text
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			failed = err
		}
		return string(encoded)
	})
	return expanded, failed
}

// expandJSON replaces the ${names} in the strings and keys of a decoded
// document. A string that is nothing but one ${name} becomes the saved value,
// whatever its type.
func (v *Vars) expandJSON(document any) (any, error) {
	switch document := document.(type) {
	case string:
		if match := variablePattern.FindStringSubmatch(document); match != nil && match[0] == document {
			return v.value(match[1])
		}
		return v.Expand(document)
	case []any:
		out := make([]any, len(document))
		for i, member := range document {
			expanded, err := v.expandJSON(member)
			if err != nil {
				return nil, err
			}
			out[i] = expanded
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(document))
		for key, member := range document {
			expandedKey, err := v.Expand(key)
			if err != nil {
				return nil, err
			}
			if out[expandedKey], err = v.expandJSON(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return document, nil
	}
}

// noteIDs remembers the UUIDs a request spells out.
func (v *Vars) noteIDs(texts ...string) {
	for _, text := range texts {
		for _, id := range uuidPattern.FindAllString(text, -1) {
			v.sentIDs[id] = true
		}
	}
}

// Save keeps the parts of an answer that the step names.
func (v *Vars) Save(step *Step, body any) error {
	for name, pointer := range step.Save {
		value, err := lookup(body, pointer)
		if err != nil {
			return fmt.Errorf("save %s: %w", name, err)
		}
		v.saved[name] = value
	}
	return nil
}

// lookup follows a JSON pointer.
func lookup(document any, pointer string) (any, error) {
	at := document
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		switch value := at.(type) {
		case map[string]any:
			member, ok := value[unescapePointer(part)]
			if !ok {
				return nil, fmt.Errorf("the answer has no %s", pointer)
			}
			at = member
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index < 0 || index >= len(value) {
				return nil, fmt.Errorf("the answer has no %s", pointer)
			}
			at = value[index]
		default:
			return nil, fmt.Errorf("the answer has no %s", pointer)
		}
	}
	return at, nil
}

func escapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~", "~0"), "/", "~1")
}

func unescapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}
