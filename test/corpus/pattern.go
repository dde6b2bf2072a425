package corpus

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

var (
	// An instant as the API writes it in JSON or, with a blank, in text.
	instantPattern = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?`)
	// A name the server makes up for a run.
	slugPattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
)

const (
	// nearNow bounds the instants that are taken for readings of the clock. Whole seconds are not, unless they are of today.
	nearNow = 400 * 24 * time.Hour
	// steadyDuration is the number of seconds above which a duration depends on
	// the day of recording.
	steadyDuration = 30 * 24 * 3600
)

// isDuration tells whether a member's value is a duration in seconds, which depends on the clock unless it is a whole number.
func isDuration(key string) bool {
	switch key {
	case "estimated_run_time", "total_run_time", "estimated_start_time_delta", "sum_estimated_run_time", "sum_estimated_lateness":
		return true
	}
	return false
}

// Recorder turns the answers of one scenario into patterns.
type Recorder struct {
	vars *Vars
	// namespace keeps the markers of a second recording apart from the first's.
	namespace string
	markers   map[string]string
	counts    map[string]int
	sent      map[string]bool
}

// NewRecorder makes the recorder of a scenario; requests are the texts that its
// steps send, whose random-looking names are not random.
func NewRecorder(vars *Vars, namespace string, steps []*Step) *Recorder {
	r := &Recorder{
		vars: vars, namespace: namespace,
		markers: map[string]string{}, counts: map[string]int{}, sent: map[string]bool{},
	}
	for _, step := range steps {
		for _, quoted := range regexp.MustCompile(`"([a-z-]+)"`).FindAllSubmatch(step.Body, -1) {
			r.sent[string(quoted[1])] = true
		}
	}
	return r
}

// Fork gives a scenario of the file its own copy of what the setup numbered.
func (r *Recorder) Fork(vars *Vars, steps []*Step) *Recorder {
	fork := NewRecorder(vars, r.namespace, steps)
	for value, marker := range r.markers {
		fork.markers[value] = marker
	}
	for kind, count := range r.counts {
		fork.counts[kind] = count
	}
	for name := range r.sent {
		fork.sent[name] = true
	}
	return fork
}

// Answer makes the pattern of a response. The step's saved values must have
// been kept before.
func (r *Recorder) Answer(step *Step, response *Response) (*Answer, error) {
	answer := &Answer{Status: response.Status}
	for _, name := range step.CompareHeaders {
		if answer.Headers == nil {
			answer.Headers = map[string]string{}
		}
		answer.Headers[strings.ToLower(name)] = r.text(response.Headers.Get(name), response.SentAt)
	}
	if !response.IsJSON {
		if response.Text != "" {
			text := r.text(response.Text, response.SentAt)
			answer.Text = &text
		}
		return answer, nil
	}
	body := response.JSON
	if response.Status < 300 {
		var err error
		if body, err = shape(step, body); err != nil {
			return nil, err
		}
	}
	pattern, err := encodePattern(r.value(step, body, nil, response.SentAt))
	if err != nil {
		return nil, fmt.Errorf("encode the pattern of %s %s: %w", step.Method, step.Path, err)
	}
	answer.JSON = pattern
	return answer, nil
}

func encodePattern(pattern any) (json.RawMessage, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(pattern); err != nil {
		return nil, err
	}
	return json.RawMessage(strings.TrimSpace(out.String())), nil
}

func (r *Recorder) value(step *Step, value any, path []string, sentAt time.Time) any {
	if kind, ok := looseKind(step, path); ok {
		return looseMarker(kind, value)
	}
	switch value := value.(type) {
	case string:
		if len(path) > 0 && (path[len(path)-1] == "name" || path[len(path)-1] == "prefect.resource.name") && slugPattern.MatchString(value) && !r.sent[value] && !r.saved(value) {
			return r.marker("name", value)
		}
		return r.text(value, sentAt)
	case json.Number:
		return durationMarker(value, path)
	case []any:
		out := make([]any, len(value))
		for i, member := range value {
			out[i] = r.value(step, member, append(slices.Clip(path), strconv.Itoa(i)), sentAt)
		}
		if unordered(step, path) {
			sortPatterns(out)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(value))
		for _, key := range sortedKeys(value) {
			out[r.text(key, sentAt)] = r.value(step, value[key], append(slices.Clip(path), key), sentAt)
		}
		return out
	default:
		return value
	}
}

func sortPatterns(patterns []any) {
	sort.SliceStable(patterns, func(i, j int) bool {
		return fmt.Sprint(patterns[i]) < fmt.Sprint(patterns[j])
	})
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (r *Recorder) saved(text string) bool {
	for _, value := range r.vars.saved {
		if value == text {
			return true
		}
	}
	return false
}

// text makes the pattern of a string: saved values, ids and instants become markers.
func (r *Recorder) text(text string, sentAt time.Time) string {
	for _, name := range r.vars.namesByLength() {
		// Short values would be found in words that have nothing to do with them.
		if value, ok := r.vars.saved[name].(string); ok && len(value) >= 6 && !instantPattern.MatchString(value) {
			text = strings.ReplaceAll(text, value, "${"+name+"}")
		}
	}
	text = uuidPattern.ReplaceAllStringFunc(text, func(id string) string {
		if r.vars.sentIDs[id] {
			return id
		}
		return r.marker("uuid", id)
	})
	return instantPattern.ReplaceAllStringFunc(text, func(written string) string {
		return r.instant(written, sentAt)
	})
}

// namesByLength lists the saved names, the longest values first, then by name:
// a value that contains another is recognised before it.
func (v *Vars) namesByLength() []string {
	names := make([]string, 0, len(v.saved))
	for name := range v.saved {
		names = append(names, name)
	}
	length := func(name string) int {
		text, ok := v.saved[name].(string)
		if !ok {
			return 0
		}
		return len(text)
	}
	slices.SortFunc(names, func(a, b string) int {
		if difference := length(b) - length(a); difference != 0 {
			return difference
		}
		return strings.Compare(a, b)
	})
	return names
}

func (r *Recorder) instant(written string, sentAt time.Time) string {
	at, zone, err := parseInstant(written)
	if distance := at.Sub(sentAt).Abs(); err != nil || distance > nearNow || distance > 24*time.Hour && at.Nanosecond() == 0 {
		return written
	}
	if expression, ok := r.vars.sentTimes[at.UnixMicro()]; ok && written == at.UTC().Format(wireTime) {
		return "${" + expression + "}"
	}
	label := "time" // whole milliseconds are truncated readings, alike for different rows by chance
	if at.Nanosecond()/1000%1000 != 0 {
		label = strings.Trim(r.marker("time", at.UTC().Format(wireTime)), "<>")
	}
	if at.Before(r.vars.Start.Add(-clockSlack)) || at.After(time.Now().Add(clockSlack)) {
		label += fmt.Sprintf(" %+ds", int(math.Round(at.Sub(sentAt).Seconds())))
	}
	if zone != "Z" {
		label += " " + zone
	}
	return "<" + label + ">"
}

// parseWhole is parseInstant for a text that may be something else.
func parseWhole(text string) (time.Time, string, error) {
	if instantPattern.FindString(text) != text || text == "" {
		return time.Time{}, "", fmt.Errorf("%q is no instant", text)
	}
	return parseInstant(text)
}

// parseInstant reads an instant and says how its zone was written.
func parseInstant(written string) (time.Time, string, error) {
	text := strings.Replace(written, " ", "T", 1)
	zone := "Z"
	switch tail := text[19:]; {
	case strings.HasSuffix(tail, "Z"):
	case strings.ContainsAny(tail, "+-"):
		zone = tail[strings.IndexAny(tail, "+-"):]
	default:
		zone = "none"
		text += "Z"
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at, zone, err
}

// marker numbers the values of a kind by their first appearance.
func (r *Recorder) marker(kind, value string) string {
	key := kind + " " + value
	if marker, ok := r.markers[key]; ok {
		return marker
	}
	r.counts[kind]++
	marker := fmt.Sprintf("<%s#%s%d>", kind, r.namespace, r.counts[kind])
	r.markers[key] = marker
	return marker
}

// durationMarker replaces a duration read from the clock.
func durationMarker(number json.Number, path []string) any {
	if len(path) == 0 || !isDuration(path[len(path)-1]) {
		return number
	}
	seconds, err := number.Float64()
	if err != nil || seconds == math.Trunc(seconds) {
		return number
	}
	return nearMarker(seconds)
}

func nearMarker(seconds float64) string {
	if math.Abs(seconds) > steadyDuration {
		return "<number>"
	}
	return fmt.Sprintf("<number~%d>", int(math.Round(seconds)))
}

// looseMarker is the marker of a part that a step calls loose. A duration keeps
// its size, where it has one.
func looseMarker(kind string, value any) any {
	number, ok := value.(json.Number)
	if kind != "duration" || !ok {
		return "<" + strings.ReplaceAll(kind, "duration", "any") + ">"
	}
	seconds, err := number.Float64()
	if err != nil {
		return "<number>"
	}
	return nearMarker(seconds)
}

// looseKind says what a step allows at a place of the answer.
func looseKind(step *Step, path []string) (string, bool) {
	for pointer, kind := range step.Loose {
		if pointerMatches(pointer, path) {
			return kind, true
		}
	}
	return "", false
}

func unordered(step *Step, path []string) bool {
	// A set in the reference.
	if len(path) > 0 && path[len(path)-1] == "pause_keys" {
		return true
	}
	for pointer := range step.Sorted {
		if pointerMatches(pointer, path) {
			return true
		}
	}
	return slices.ContainsFunc(step.Unordered, func(pointer string) bool {
		return pointerMatches(pointer, path)
	})
}

// pointerMatches compares a JSON pointer, in which * is any member, with a path.
func pointerMatches(pointer string, path []string) bool {
	if pointer == "" {
		return len(path) == 0
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if len(parts) != len(path) {
		return false
	}
	for i, part := range parts {
		if part != "*" && unescapePointer(part) != path[i] {
			return false
		}
	}
	return true
}
