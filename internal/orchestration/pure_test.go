package orchestration

import (
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

func TestRetryDelay(t *testing.T) {
	for name, c := range map[string]struct {
		delay string
		run   int64
		want  float64
	}{
		"none":                         {"", 1, 0},
		"null":                         {"null", 1, 0},
		"a number":                     {"5", 3, 5},
		"a fraction":                   {"2.5", 1, 2.5},
		"the first of a list":          {"[10,20]", 1, 10},
		"the second":                   {"[10,20]", 2, 20},
		"the last serves for the rest": {"[10,20]", 7, 20},
		"before the first run":         {"[10,20]", 0, 10},
		"an empty list":                {"[]", 1, 0},
		"a text":                       {`"x"`, 1, 0},
		"a list of texts":              {`["x"]`, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.want, retryDelay(prefect.Raw(c.delay), c.run), 0)
		})
	}
}

func TestRelease(t *testing.T) {
	for version, want := range map[string][3]int{
		"": {}, "3": {3}, "3.4": {3, 4}, "3.4.11": {3, 4, 11}, "3.4.11.dev1": {3, 4, 11}, "3.0.0rc20": {3, 0, 0},
		"3.10.2+5.gabc": {3, 10, 2}, "x.y.z": {}, "10.20.30.40.50": {10, 20, 30},
	} {
		require.Equal(t, want, release(version), version)
	}
}

func TestWhatAClientDoesWithLeases(t *testing.T) {
	for version, leases := range map[string]bool{
		"3.4.10": false, "3.4.11": true, "3.4.12.dev3": true, "3.5.0": true, "4.0.0": true, "3.0.3": false, "2.20.0": false, "": false,
	} {
		require.Equal(t, leases, leasesConcurrency(version), version)
	}
	for version, manages := range map[string]bool{"3.0.0rc20": true, "3.0.0": true, "3.0.3": true, "3.0.4": false, "3.4.11": false, "": false} {
		require.Equal(t, manages, managesConcurrency(version), version)
	}
}

func TestPersisted(t *testing.T) {
	for data, want := range map[string]bool{
		"": false, "null": false, `"text"`: false, "[1]": false, "1": false, "{}": false, "{ }": false,
		`{"type":"unpersisted"}`: false, `{"type":"reference"}`: true, `{"other":1}`: true, `{"type":null}`: true,
	} {
		require.Equal(t, want, persisted(prefect.Raw(data)), data)
	}
}

func TestNamesOfAResultBecomeTheArtifacts(t *testing.T) {
	for data, want := range map[string]struct{ rest, key, kind, description string }{
		`{"a":1}`:                      {rest: `{"a":1}`},
		`[1]`:                          {rest: `[1]`},
		`{"artifact_key":"k","a":1.0}`: {rest: `{"a":1.0}`, key: "k"},
		`{"artifact_type":"t","artifact_description":"d"}`:                           {rest: `{}`, kind: "t", description: "d"},
		`{"artifact_key":null,"artifact_type":"","artifact_description":"d","a":[]}`: {rest: `{"a":[]}`, description: "d"},
	} {
		a := &prefect.Artifact{Data: prefect.Raw(data)}
		takeNames(a)
		text := func(s *string) string {
			if s == nil {
				return ""
			}
			return *s
		}
		require.JSONEq(t, want.rest, string(a.Data), data)
		require.Equal(t, []string{want.key, want.kind, want.description}, []string{text(a.Key), text(a.Type), text(a.Description)}, data)
	}
}

func TestTheRulesOfAPolicyApplyByTheirStates(t *testing.T) {
	from, to := &prefect.State{Type: prefect.Running}, &prefect.State{Type: prefect.Failed}
	for _, r := range flowRules(Options{}, from, to) {
		require.True(t, r.always || r.from.has(prefect.Running) && r.to.has(prefect.Failed))
	}
	core, forced := len(flowRules(Options{}, from, to)), len(flowRules(Options{Force: true}, from, to))
	require.Greater(t, core, forced)
	yes := true
	deferred := &prefect.State{Type: prefect.Failed, StateDetails: prefect.StateDetails{Deferred: &yes}}
	require.Greater(t, len(taskRules(Options{Force: true}, from, deferred)), len(taskRules(Options{Force: true}, from, to)))
	require.Equal(t, anyState.except("", prefect.Scheduled), anyState[2:])
}
