package corpus

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// clockSlack is how far the clocks of the two sides may seem apart.
	clockSlack = 2 * time.Second
	// offsetTolerance, in seconds, is for delays and durations that started with a request, beside the time that the scenario's
	// requests have taken: all of it on a busy machine.
	offsetTolerance = 2.5
)

var (
	markerPattern = regexp.MustCompile(`<(?:(uuid|name)#(p?\d+)|time(?:#(p?\d+))?(?: ([+-]\d+)s)?(?: ([+-]\d\d:\d\d|none))?)>|\$\{([^}]+)\}`)
	numberPattern = regexp.MustCompile(`^<number(?:~(-?\d+))?>$`)
)

// Difference is one place where an answer is not as expected.
type Difference struct {
	// Where is a JSON pointer into the body, or "status", or "header name".
	Where     string
	Want, Got string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: want %s, got %s", d.Where, d.Want, d.Got)
}

// Matcher compares the answers of one scenario with what was recorded.
type Matcher struct {
	vars *Vars
	// bound is the live value of each numbered marker; owners the reverse, for
	// markers that must be distinct.
	bound, owners map[string]string
}

// NewMatcher makes the matcher of a scenario.
func NewMatcher(vars *Vars) *Matcher {
	return &Matcher{vars: vars, bound: map[string]string{}, owners: map[string]string{}}
}

// Fork copies a matcher for a scenario that follows a setup.
func (m *Matcher) Fork(vars *Vars) *Matcher {
	fork := NewMatcher(vars)
	for marker, value := range m.bound {
		fork.bound[marker] = value
	}
	for value, marker := range m.owners {
		fork.owners[value] = marker
	}
	return fork
}

// Answer compares a response with the recorded answer.
func (m *Matcher) Answer(step *Step, want *Answer, got *Response) []Difference {
	c := &comparison{Matcher: m, step: step, response: got}
	if want.Status != got.Status {
		c.differ(nil, "status", strconv.Itoa(want.Status), strconv.Itoa(got.Status))
	}
	for _, name := range step.CompareHeaders {
		lower := strings.ToLower(name)
		c.text(nil, "header "+lower, want.Headers[lower], got.Headers.Get(name))
	}
	switch {
	case want.JSON != nil && !got.IsJSON:
		c.differ(nil, "body", string(want.JSON), strconv.Quote(got.Text))
	case want.JSON != nil:
		pattern, err := decodeJSON(want.JSON)
		if err != nil {
			c.differ(nil, "body", "a readable pattern", err.Error())
			break
		}
		body := got.JSON
		if got.Status < 300 {
			if body, err = shape(step, body); err != nil {
				c.differ(nil, "body", "the shape that the step names", err.Error())
				break
			}
		}
		c.value(nil, pattern, body)
	case got.IsJSON:
		c.differ(nil, "body", "no JSON", show(got.JSON))
	default:
		text := ""
		if want.Text != nil {
			text = *want.Text
		}
		c.text(nil, "body", text, got.Text)
	}
	return c.differences
}

// comparison is the comparing of one answer.
type comparison struct {
	*Matcher
	step        *Step
	response    *Response
	differences []Difference
}

func (c *comparison) differ(path []string, where, want, got string) {
	if where == "" {
		for _, part := range path {
			where += "/" + escapePointer(part)
		}
		if where == "" {
			where = "body"
		}
	}
	c.differences = append(c.differences, Difference{where, want, got})
}

func show(value any) string {
	encoded, err := encodePattern(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(encoded)
}

func (c *comparison) value(path []string, want, got any) {
	switch pattern := want.(type) {
	case string:
		c.scalarPattern(path, pattern, got)
	case json.Number:
		number, ok := got.(json.Number)
		if !ok || !sameNumber(path, pattern, number) && !c.sameDelay(path, pattern, number) {
			c.differ(path, "", pattern.String(), show(got))
		}
	case []any:
		list, ok := got.([]any)
		if !ok {
			c.differ(path, "", show(want), show(got))
			return
		}
		c.list(path, pattern, list)
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			c.differ(path, "", show(want), show(got))
			return
		}
		c.object(path, pattern, object)
	default:
		if want != got {
			c.differ(path, "", show(want), show(got))
		}
	}
}

func (c *comparison) scalarPattern(path []string, pattern string, got any) {
	switch {
	case pattern == "<any>":
		return
	case pattern == "<string>":
		if _, ok := got.(string); !ok {
			c.differ(path, "", pattern, show(got))
		}
		return
	case numberPattern.MatchString(pattern):
		if !c.nearNumber(pattern, got) {
			c.differ(path, "", pattern, show(got))
		}
		return
	}
	if match := variablePattern.FindStringSubmatch(pattern); match != nil && match[0] == pattern {
		if value, ok := c.vars.saved[match[1]]; ok {
			if !sameSaved(value, got) {
				c.differ(path, "", fmt.Sprintf("%s (%s)", pattern, show(value)), show(got))
			}
			return
		}
	}
	text, ok := got.(string)
	if !ok {
		c.differ(path, "", strconv.Quote(pattern), show(got))
		return
	}
	where := ""
	if len(path) == 0 {
		where = "body"
	}
	c.text(path, where, pattern, text)
}

func sameSaved(saved, got any) bool { return show(saved) == show(got) }

func (c *comparison) list(path []string, want, got []any) {
	if len(want) != len(got) {
		c.differ(path, "", fmt.Sprintf("%d members %s", len(want), show(want)), fmt.Sprintf("%d members %s", len(got), show(got)))
		return
	}
	if unordered(c.step, path) {
		c.set(path, want, got)
		return
	}
	for i := range want {
		c.value(append(slices.Clip(path), strconv.Itoa(i)), want[i], got[i])
	}
}

// set finds for each expected member one that matches it.
func (c *comparison) set(path []string, want, got []any) {
	left := slices.Clone(got)
	for i, pattern := range want {
		found := slices.IndexFunc(left, func(candidate any) bool {
			trial := &comparison{Matcher: c.Matcher.Fork(c.vars), step: c.step, response: c.response}
			trial.value(append(slices.Clip(path), strconv.Itoa(i)), pattern, candidate)
			return len(trial.differences) == 0
		})
		if found < 0 {
			c.differ(path, "", "a member "+show(pattern), show(left))
			continue
		}
		// Once more, to keep what its markers are bound to.
		c.value(append(slices.Clip(path), strconv.Itoa(i)), pattern, left[found])
		left = slices.Delete(left, found, found+1)
	}
}

func (c *comparison) object(path []string, want, got map[string]any) {
	seen := map[string]bool{}
	for _, keyPattern := range sortedKeys(want) {
		key := c.key(keyPattern, got)
		seen[key] = true
		member, ok := got[key]
		if !ok {
			c.differ(append(slices.Clip(path), key), "", show(want[keyPattern]), "no such member")
			continue
		}
		c.value(append(slices.Clip(path), key), want[keyPattern], member)
	}
	for _, key := range sortedKeys(got) {
		if !seen[key] {
			c.differ(append(slices.Clip(path), key), "", "no such member", show(got[key]))
		}
	}
}

// key finds the live key that a key's pattern stands for.
func (c *comparison) key(pattern string, got map[string]any) string {
	if !markerPattern.MatchString(pattern) {
		return pattern
	}
	for _, key := range sortedKeys(got) {
		trial := &comparison{Matcher: c.Matcher.Fork(c.vars), step: c.step, response: c.response}
		trial.text(nil, "key", pattern, key)
		if len(trial.differences) == 0 {
			c.text(nil, "key", pattern, key)
			return key
		}
	}
	return pattern
}

// sameNumber compares two numbers by value; in documents of users' their kind,
// integer or float, has to be the same too.
func sameNumber(path []string, want, got json.Number) bool {
	if want == got {
		return true
	}
	wanted, ok := new(big.Rat).SetString(want.String())
	if !ok {
		return false
	}
	gotten, ok := new(big.Rat).SetString(got.String())
	if !ok || wanted.Cmp(gotten) != 0 {
		return false
	}
	if !slices.ContainsFunc(path, holdsUserData) {
		return true
	}
	isFloat := func(n json.Number) bool { return strings.ContainsAny(n.String(), ".eE") }
	return isFloat(want) == isFloat(got)
}

// sameDelay compares what is left of a delay when a request arrives.
func (c *comparison) sameDelay(path []string, want, got json.Number) bool {
	return len(path) > 0 && path[len(path)-1] == "delay_seconds" && c.nearNumber("<number~"+want.String()+">", got)
}

// holdsUserData tells whether a member is a document of a user's, where 1 and 1.0 are different values.
func holdsUserData(key string) bool {
	switch key {
	case "parameters", "data", "value", "labels", "context", "job_variables", "input", "request_body":
		return true
	}
	return false
}

// tolerance is how many seconds a delay or a duration may be off.
func (c *comparison) tolerance() float64 { return offsetTolerance + c.vars.elapsed().Seconds() }

func (c *comparison) nearNumber(pattern string, got any) bool {
	number, ok := got.(json.Number)
	if !ok {
		return false
	}
	near := numberPattern.FindStringSubmatch(pattern)[1]
	if near == "" {
		return true
	}
	value, err := number.Float64()
	if err != nil {
		return false
	}
	wanted, err := strconv.ParseFloat(near, 64)
	return err == nil && math.Abs(value-wanted) <= c.tolerance()
}

// text compares a string with a pattern that may hold markers anywhere.
func (c *comparison) text(path []string, where, pattern, got string) {
	tokens := markerPattern.FindAllStringSubmatchIndex(pattern, -1)
	if tokens == nil {
		if pattern != got {
			c.differ(path, where, strconv.Quote(pattern), strconv.Quote(got))
		}
		return
	}
	expression, err := c.expression(pattern, tokens)
	if err != nil {
		c.differ(path, where, strconv.Quote(pattern), strconv.Quote(got)+" ("+err.Error()+")")
		return
	}
	captured := expression.FindStringSubmatch(got)
	if captured == nil {
		c.differ(path, where, strconv.Quote(pattern), strconv.Quote(got)+" (read as "+expression.String()+")")
		return
	}
	captured = captured[1:]
	for _, token := range tokens {
		marker := pattern[token[0]:token[1]]
		if strings.HasPrefix(marker, "${") {
			continue
		}
		if problem := c.marker(marker, captured[0]); problem != "" {
			c.differ(path, where, strconv.Quote(pattern), strconv.Quote(got)+" ("+problem+")")
			return
		}
		captured = captured[1:]
	}
}

// expression builds what a live string has to look like, with one group for
// each marker that is not a ${name}.
func (c *comparison) expression(pattern string, tokens [][]int) (*regexp.Regexp, error) {
	var out strings.Builder
	out.WriteString("(?s)^")
	at := 0
	for _, token := range tokens {
		out.WriteString(regexp.QuoteMeta(pattern[at:token[0]]))
		at = token[1]
		marker := pattern[token[0]:token[1]]
		switch {
		case strings.HasPrefix(marker, "${"):
			value, err := c.vars.Expand(marker)
			if err != nil {
				return nil, err
			}
			out.WriteString(regexp.QuoteMeta(value))
		case strings.HasPrefix(marker, "<uuid"):
			out.WriteString("(" + uuidPattern.String() + ")")
		case strings.HasPrefix(marker, "<name"):
			out.WriteString("([a-z]+(?:-[a-z]+)+)")
		default:
			out.WriteString("(" + instantPattern.String() + ")")
		}
	}
	out.WriteString(regexp.QuoteMeta(pattern[at:]) + "$")
	return regexp.Compile(out.String())
}

// marker checks a live value against a marker; it returns what is wrong.
func (c *comparison) marker(marker, live string) string {
	parts := markerPattern.FindStringSubmatch(marker)
	if kind := parts[1]; kind != "" {
		return c.bind(kind+"#"+parts[2], live, kind == "uuid")
	}
	at, zone, err := parseInstant(live)
	if err != nil {
		return err.Error()
	}
	wantZone := parts[5]
	if wantZone == "" {
		wantZone = "Z"
	}
	if zone != wantZone {
		return "the zone is written " + zone
	}
	if parts[3] != "" {
		if problem := c.bind("time#"+parts[3], at.UTC().Format(wireTime), false); problem != "" {
			return problem
		}
	}
	if parts[4] == "" {
		if at.Before(c.vars.Start.Add(-clockSlack)) || at.After(time.Now().Add(clockSlack)) {
			return "not between the scenario's start and now"
		}
		return ""
	}
	offset, err := strconv.ParseFloat(parts[4], 64)
	if err != nil {
		return err.Error()
	}
	if seconds := at.Sub(c.response.SentAt).Seconds(); math.Abs(seconds-offset) > c.tolerance() {
		return fmt.Sprintf("%+.1fs from the request", seconds)
	}
	return ""
}

// bind checks that a numbered marker means the same value each time.
func (c *comparison) bind(marker, live string, distinct bool) string {
	if known, ok := c.bound[marker]; ok {
		if known != live {
			return fmt.Sprintf("%s was %s before", marker, known)
		}
		return ""
	}
	// The markers of a second recording do not know those of the first.
	if owner, ok := c.owners[live]; ok && distinct && strings.Contains(owner, "#p") == strings.Contains(marker, "#p") {
		return fmt.Sprintf("this is %s", owner)
	}
	c.bound[marker] = live
	if distinct {
		c.owners[live] = marker
	}
	return ""
}
