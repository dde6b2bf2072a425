package corpus_test

import (
	"os"
	"slices"
	"testing"
)

// difference is a scenario that Praetor answers otherwise than the reference, on purpose.
type difference struct{ file, scenario, reason string }

// differences are all of them. What the reference answers there stays recorded; the replay fails when a scenario of the
// list does not differ.
func differences() []difference {
	const (
		leak = "an aborted task run takes no slot; the reference leaves it the slots of its other tags"
		both = "both criteria hold; the reference forgets them when a state's filter has more than one"
	)
	return []difference{
		{"orchestration/task_tag_limits", "two tags, limits 1 and 0", leak},
		{"orchestration/task_tag_limits", "two tags, limits 0 and 1", leak},
		{"filters/flow_runs", "by two criteria of a state's type or name", both},
	}
}

// judge fails the test for problems that nothing explains, and for an explanation without a problem.
func judge(t *testing.T, file, scenario string, problems []string) {
	t.Helper()
	i := slices.IndexFunc(differences(), func(d difference) bool { return d.file == file && d.scenario == scenario })
	switch {
	case i < 0 || os.Getenv(runningServer) != "":
		for _, problem := range problems {
			t.Error(problem)
		}
	case len(problems) == 0:
		t.Error("this does not differ any more: take it out of the list")
	default:
		t.Log("differs on purpose:", differences()[i].reason)
	}
}
