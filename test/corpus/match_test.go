package corpus

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	firstID  = "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0c"
	secondID = "0190a6c4-1b1e-7c3a-8d2f-3c5e8f7a9b0d"
)

// compare records one body and matches another against the pattern.
func compare(t *testing.T, step *Step, recorded, live string) []Difference {
	t.Helper()
	start := time.Now()
	vars := NewVars("http://recorded/api", start)
	answer, err := NewRecorder(vars, "", []*Step{step}).Answer(step, jsonResponse(t, recorded))
	require.NoError(t, err)
	return NewMatcher(NewVars("http://live/api", start)).Answer(step, answer, jsonResponse(t, live))
}

func jsonResponse(t *testing.T, body string) *Response {
	t.Helper()
	document, err := decodeJSON([]byte(body))
	require.NoError(t, err)
	return &Response{Status: http.StatusOK, JSON: document, IsJSON: true, SentAt: time.Now()}
}

func wire(offset time.Duration) string {
	return oddMicrosecond(time.Now().Add(offset)).Format(wireTime)
}

func TestMatchAccepts(t *testing.T) {
	at, other := wire(0), wire(5*time.Millisecond)
	for name, pair := range map[string][2]string{
		"another order of members": {`{"a":1,"b":2}`, `{"b":2,"a":1}`},
		"another id":               {`["` + firstID + `"]`, `["` + secondID + `"]`},
		"another instant":          {`["` + at + `","` + at + `"]`, `["` + other + `","` + other + `"]`},
		"one reading for two":      {`["` + at + `","` + other + `"]`, `["` + at + `","` + at + `"]`},
		"a delay":                  {`["` + wire(time.Minute) + `"]`, `["` + wire(61*time.Second) + `"]`},
		"a random name":            {`{"name":"red-fox"}`, `{"name":"blue-owl"}`},
		"a duration":               {`{"total_run_time":0.25}`, `{"total_run_time":0.5}`},
		"a whole float":            {`{"total_run_time":0.0}`, `{"total_run_time":0}`},
		"what is left of a delay":  {`{"delay_seconds":30}`, `{"delay_seconds":28}`},
		"a set":                    {`{"pause_keys":["a","b"]}`, `{"pause_keys":["b","a"]}`},
		"an id within a text":      {`"run ` + firstID + ` not found"`, `"run ` + secondID + ` not found"`},
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, compare(t, &Step{}, pair[0], pair[1])) })
	}
}

func TestMatchRefuses(t *testing.T) {
	at, other := wire(0), wire(5*time.Millisecond)
	for name, test := range map[string]struct{ recorded, live, where string }{
		"another value":           {`{"a":{"b":1}}`, `{"a":{"b":2}}`, "/a/b"},
		"another type":            {`{"a":1}`, `{"a":"1"}`, "/a"},
		"null for missing":        {`{"a":null}`, `{}`, "/a"},
		"a member too many":       {`{}`, `{"a":null}`, "/a"},
		"a list too short":        {`[1,2]`, `[1]`, "body"},
		"another order of a list": {`[1,2]`, `[2,1]`, "/0"},
		"one id for two":          {`["` + firstID + `","` + secondID + `"]`, `["` + firstID + `","` + firstID + `"]`, "/1"},
		"two ids for one":         {`["` + firstID + `","` + firstID + `"]`, `["` + firstID + `","` + secondID + `"]`, "/1"},
		"two instants for one":    {`["` + at + `","` + at + `"]`, `["` + at + `","` + other + `"]`, "/1"},
		"a delay that is longer":  {`["` + wire(time.Minute) + `"]`, `["` + wire(70*time.Second) + `"]`, "/0"},
		"a delay far off":         {`{"delay_seconds":30}`, `{"delay_seconds":27}`, "/delay_seconds"},
		"no delay":                {`["` + wire(5*time.Second) + `"]`, `["` + wire(0) + `"]`, "/0"},
		"a delay where none was":  {`["` + wire(0) + `"]`, `["` + wire(5*time.Second) + `"]`, "/0"},
		"another zone":            {`["2026-01-01T00:00:00Z"]`, `["2026-01-01T00:00:00+00:00"]`, "/0"},
		"a name for a text":       {`{"name":"red-fox"}`, `{"name":"Red fox"}`, "/name"},
		"a duration far off":      {`{"total_run_time":0.25}`, `{"total_run_time":9}`, "/total_run_time"},
		"an integer of a user's":  {`{"parameters":{"x":1.0}}`, `{"parameters":{"x":1}}`, "/parameters/x"},
		"a large integer":         {`[18446744073709551617]`, `[18446744073709551616]`, "/0"},
		"a fixed instant":         {`["2021-01-01T00:00:00Z"]`, `["2021-01-01T00:00:01Z"]`, "/0"},
	} {
		t.Run(name, func(t *testing.T) {
			differences := compare(t, &Step{}, test.recorded, test.live)
			require.NotEmpty(t, differences)
			require.Equal(t, test.where, differences[0].Where)
		})
	}
}

func TestMatchFollowsTheStep(t *testing.T) {
	loose := &Step{Loose: map[string]string{"/details/*/delay": "number"}, Unordered: []string{"/ids"}}
	require.Empty(t, compare(t, loose, `{"details":[{"delay":1}],"ids":[1,2]}`, `{"details":[{"delay":7}],"ids":[2,1]}`))
	require.Len(t, compare(t, loose, `{"details":[{"delay":1}],"ids":[1,2]}`, `{"details":[{"delay":"7"}],"ids":[2,2]}`), 2)
	// A name that the scenario gives is not a random one.
	named := &Step{Body: json.RawMessage(`{"name":"red-fox"}`)}
	require.Len(t, compare(t, named, `{"name":"red-fox"}`, `{"name":"blue-owl"}`), 1)
}

func TestVariablesStandForWhatThisServerSaid(t *testing.T) {
	step := &Step{Save: map[string]string{"run": "/id"}}
	recorded, live := NewVars("http://recorded/api", time.Now()), NewVars("http://live/api", time.Now())
	first := jsonResponse(t, `{"id":"`+firstID+`"}`)
	require.NoError(t, recorded.Save(step, first.JSON))
	require.NoError(t, live.Save(step, jsonResponse(t, `{"id":"`+secondID+`"}`).JSON))
	later := &Step{}
	answer, err := NewRecorder(recorded, "", nil).Answer(later, jsonResponse(t, `{"run":"`+firstID+`","at":"http://recorded/api/x"}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"run":"${run}","at":"${base}/x"}`, string(answer.JSON))
	matcher := NewMatcher(live)
	require.Empty(t, matcher.Answer(later, answer, jsonResponse(t, `{"run":"`+secondID+`","at":"http://live/api/x"}`)))
	require.Len(t, matcher.Answer(later, answer, jsonResponse(t, `{"run":"`+firstID+`","at":"http://live/api/x"}`)), 1)
}

func TestSentInstantsComeBackExactly(t *testing.T) {
	recorded, live := NewVars("", time.Now()), NewVars("", time.Now().Add(time.Hour))
	sent, err := recorded.Expand("${now+3600}")
	require.NoError(t, err)
	answer, err := NewRecorder(recorded, "", nil).Answer(&Step{}, jsonResponse(t, `["`+sent+`"]`))
	require.NoError(t, err)
	require.JSONEq(t, `["${now+3600}"]`, string(answer.JSON))
	expected, err := live.Expand("${now+3600}")
	require.NoError(t, err)
	require.Empty(t, NewMatcher(live).Answer(&Step{}, answer, jsonResponse(t, `["`+expected+`"]`)))
	require.Len(t, NewMatcher(live).Answer(&Step{}, answer, jsonResponse(t, `["`+sent+`"]`)), 1)
}
