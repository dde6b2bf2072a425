package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const unreadable = `{"detail":"There was an error parsing the body"}`

// say sends a request with headers of its own; an empty one is left out.
func (s *server) say(t *testing.T, method, path, body string, headers map[string]string) *answer {
	t.Helper()
	return s.send(t, method, path, strings.NewReader(body), func(h http.Header) {
		for name, value := range headers {
			h.Set(name, value)
		}
	})
}

func TestBodiesThatAreNoText(t *testing.T) {
	s := startServer(t, nil)
	for name, body := range map[string]string{
		"a broken character":     "{\"name\": \"a\xff\"}",
		"nothing but one":        "\xff",
		"compressed":             "\x1f\x8b\x08\x00",
		"nested too deep":        `{"name": "a", "labels": ` + strings.Repeat("[", 1500) + strings.Repeat("]", 1500) + "}",
		"opened a million times": strings.Repeat(`{"a":`, 1_000_000),
		"an endless number":      `{"name": ` + strings.Repeat("1", 4301) + "}",
	} {
		a := s.must(t, 400, "POST", "/flows/", body)
		require.JSONEq(t, unreadable, a.body, name)
	}
	a := s.say(t, "POST", "/flows/", "\xff", map[string]string{"Content-Type": "text/plain"})
	require.Equal(t, 422, a.status)
	require.Zero(t, int(number(t, s.must(t, 200, "POST", "/flows/count", nil))))
}

// number is an answer that is a number.
func number(t *testing.T, a *answer) float64 {
	t.Helper()
	n, ok := a.json.(float64)
	require.True(t, ok, a.body)
	return n
}

func TestHalvesOfSurrogatePairsAreRefused(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		for _, body := range []string{`{"name": "a\ud83d"}`, `{"name": "a", "\udc80": 1}`, `{"name": "a", "labels": {"x": "\ud83d\ud83d"}}`} {
			a := s.must(t, 422, "POST", "/flows/", body)
			require.Contains(t, a.body, "Unpaired surrogate at")
		}
		require.Zero(t, int(number(t, s.must(t, 200, "POST", "/flows/count", nil))))
		whole := s.must(t, 201, "POST", "/flows/", `{"name": "a\ud83d\ude00"}`)
		require.Equal(t, "a😀", whole.field(t, "name"))
	})
}

// TestValuesThatComeBackAsTheyWere sends parameters that many programs would change.
func TestValuesThatComeBackAsTheyWere(t *testing.T) {
	deep := strings.Repeat("[", 900) + strings.Repeat("]", 900)
	onBothDatabases(t, func(t *testing.T, s *server) {
		flow := s.must(t, 201, "POST", "/flows/", object{"name": "a"}).id(t)
		for sent, want := range map[string]string{
			`123456789012345678901234567890123`:  "",
			`-123456789012345678901234567890123`: "",
			`18446744073709551616.0`:             "",
			`1.50`:                               "",
			`0.1`:                                "",
			`"é😀\u0001 \\u0000"`:                 "",
			`{"":{"":[{}]}}`:                     "",
			deep:                                 "",
			`{"a":1,"b":2,"a":3}`:                `{"a":3,"b":2}`,
			`NaN`:                                `null`,
			`[Infinity, -Infinity, 1e400]`:       `[null,null,null]`,
		} {
			if want == "" {
				want = sent
			}
			created := s.must(t, 201, "POST", "/flow_runs/", `{"flow_id": "`+flow+`", "parameters": {"x": `+sent+`}}`)
			read := s.must(t, 200, "GET", "/flow_runs/"+created.id(t), nil)
			for _, a := range []*answer{created, read} {
				require.Contains(t, strings.ReplaceAll(a.body, " ", ""), `"parameters":{"x":`+strings.ReplaceAll(want, " ", "")+`}`, "%.100s", sent)
			}
		}
	})
}

// TestTheCharacterThatPostgreSQLCannotKeep is refused there, with all that came with it, and kept in SQLite.
func TestTheCharacterThatPostgreSQLCannotKeep(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flow := s.must(t, 201, "POST", "/flows/", object{"name": "a"}).id(t)
		kept := strings.HasSuffix(t.Name(), "sqlite")
		for _, c := range []struct {
			path string
			body any
		}{
			{"/flows/", object{"name": "a\x00b"}},
			{"/flow_runs/", object{"flow_id": flow, "name": "a\x00b"}},
			{"/flow_runs/", object{"flow_id": flow, "parameters": object{"x": "\x00"}}},
			{"/flow_runs/", object{"flow_id": flow, "tags": []string{"\x00"}}},
			{"/task_runs/", object{"task_key": "a\x00", "dynamic_key": "b"}},
			{"/artifacts/", object{"type": "t", "description": "\x00"}},
		} {
			a := s.ask(t, "POST", c.path, c.body)
			if kept {
				require.Equal(t, 201, a.status, "%s: %s", c.path, a.body)
			} else {
				require.Equal(t, 422, a.status, "%s: %s", c.path, a.body)
			}
		}
		found := number(t, s.must(t, 200, "POST", "/flow_runs/count", nil))
		if kept {
			require.InDelta(t, 3, found, 0)
		} else {
			require.Zero(t, int(found))
		}
		// A log is worth more than its character: it is kept without.
		s.must(t, 201, "POST", "/logs/", []object{{"name": "l", "level": 20, "message": "a\x00b", "timestamp": "2024-01-01T00:00:00Z"}})
		require.Contains(t, s.must(t, 200, "POST", "/logs/filter", object{}).body, `"message":"ab"`)
		for _, path := range []string{"/flows/filter", "/flow_runs/filter", "/task_runs/count", "/logs/filter"} {
			a := s.ask(t, "POST", path, object{"flows": object{"name": object{"any_": []string{"\x00"}}}, "flow_runs": object{"name": object{"like_": "\x00"}}})
			require.Less(t, a.status, 500, "%s: %s", path, a.body)
		}
		require.Less(t, s.ask(t, "GET", "/flows/name/a%00b", nil).status, 500)
	})
}

func TestLargeBodies(t *testing.T) {
	large := strings.Repeat("a", 10_000_000)
	onBothDatabases(t, func(t *testing.T, s *server) {
		a := s.must(t, 422, "POST", "/flows/", object{"name": "a", "unknown": large})
		require.Contains(t, a.body, "extra_forbidden")
		require.Less(t, s.ask(t, "POST", "/flows/", object{"name": large}).status, 500)
		line := object{"name": "l", "level": 20, "message": large, "timestamp": "2024-01-01T00:00:00Z"}
		s.must(t, 201, "POST", "/logs/", []object{line})
		s.must(t, 422, "POST", "/flow_runs/", object{"flow_id": nobody, "parameters": object{"x": large}})
	})
	s := startServer(t, []string{"PRAETOR_MAX_BODY_BYTES=1000000"})
	a := s.must(t, 413, "POST", "/flows/", object{"name": large})
	require.Contains(t, a.body, "1000000")
	s.must(t, 200, "GET", "/health", nil)
}

// TestTheSyntaxComesBeforeTheVersion as in the reference, which reads a body before it looks at anything else.
func TestTheSyntaxComesBeforeTheVersion(t *testing.T) {
	s := startServer(t, nil)
	for body, status := range map[string]int{"{": 422, "{}": 400, "\xff": 400, "": 400} {
		a := s.say(t, "POST", "/flows/", body, map[string]string{"X-Prefect-Api-Version": "x", "Content-Type": "application/json"})
		require.Equal(t, status, a.status, a.body)
		if body == "\xff" {
			require.JSONEq(t, unreadable, a.body)
		}
	}
}
