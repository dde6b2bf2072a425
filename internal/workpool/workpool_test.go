package workpool_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/parameters"
	"praetor/internal/prefect"
	"praetor/internal/workpool"
)

func queues(priorities ...int64) []prefect.WorkQueue {
	all := make([]prefect.WorkQueue, len(priorities))
	for i, p := range priorities {
		all[i] = prefect.WorkQueue{ID: prefect.NewID(), Priority: p}
	}
	return all
}

func TestFreePriority(t *testing.T) {
	for _, c := range []struct {
		taken []int64
		want  int64
	}{
		{nil, 1}, {[]int64{1, 2, 3}, 4}, {[]int64{3, 1}, 2}, {[]int64{2, 3}, 1}, {[]int64{1, 1, 2}, 3}, {[]int64{1, 1 << 40}, 2},
	} {
		require.Equal(t, c.want, workpool.FreePriority(queues(c.taken...)), "%v", c.taken)
	}
}

func TestReorder(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []int64
		moved  int // -1: none
		after  []int64
	}{
		{"nobody is in the way", []int64{1, 2, 7}, 2, []int64{1, 2, 7}},
		{"the new one goes first", []int64{1, 2, 1}, 2, []int64{2, 3, 1}},
		{"only those in the way move", []int64{1, 2, 5, 1}, 3, []int64{2, 3, 5, 1}},
		{"a gap ends it", []int64{1, 3, 1}, 2, []int64{2, 3, 1}},
		{"a tie without a mover keeps its order", []int64{1, 1, 2}, -1, []int64{1, 2, 3}},
		{"nothing to do", []int64{4, 9}, -1, []int64{4, 9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := queues(c.before...)
			var moved *uuid.UUID
			if c.moved >= 0 {
				moved = &all[c.moved].ID
			}
			changes := workpool.Reorder(all, moved)
			var after []int64
			for i := range all {
				if p, changed := changes[all[i].ID]; changed {
					require.NotEqual(t, all[i].Priority, p)
					all[i].Priority = p
				}
				after = append(after, all[i].Priority)
			}
			require.Equal(t, c.after, after)
		})
	}
}

// waiting is a table of runs: what the database knows, in memory.
type waiting struct {
	due  []prefect.DueRun // by time
	held map[uuid.UUID]int64
	pool int64
	read int
}

func (w *waiting) DueRuns(_ context.Context, queueIDs []uuid.UUID, _, _ *prefect.Time, limit int64) ([]prefect.DueRun, error) {
	var found []prefect.DueRun
	for _, d := range w.due {
		if int64(len(found)) < limit && slices.Contains(queueIDs, d.QueueID) {
			found = append(found, d)
		}
	}
	w.read += len(found)
	return found, nil
}

func (w *waiting) PoolSlots(_ context.Context, poolIDs []uuid.UUID) (map[uuid.UUID]int64, error) {
	return map[uuid.UUID]int64{poolIDs[0]: w.pool}, nil
}

func (w *waiting) QueueSlots(context.Context, []uuid.UUID, bool) (map[uuid.UUID]int64, error) {
	return w.held, nil
}

func TestChoose(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	limit := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name       string
		priorities []int64
		limits     []*int64 // of the queues
		paused     int      // -1: none
		pool       *int64
		held       int64 // by each queue
		order      []int // the queues of the runs, by time
		limit      int64
		want       []int // places in order
	}{
		{"the urgent queue first", []int64{2, 1}, nil, -1, nil, 0, []int{0, 0, 1, 1}, 10, []int{2, 3, 0, 1}},
		{"queues of one priority by time", []int64{1, 1}, nil, -1, nil, 0, []int{0, 1, 0, 1}, 3, []int{0, 1, 2}},
		{"as many as asked for", []int64{2, 1}, nil, -1, nil, 0, []int{0, 0, 1, 1}, 3, []int{2, 3, 0}},
		{"as many as the queue has room for", []int64{1, 2}, []*int64{limit(3), nil}, -1, nil, 2, []int{0, 0, 0, 1}, 10, []int{0, 3}},
		{"as many as the pool has room for", []int64{1, 2}, nil, -1, limit(5), 2, []int{0, 0, 1, 1}, 10, []int{0}},
		{"none of a paused queue", []int64{1, 2}, nil, 0, nil, 0, []int{0, 1}, 10, []int{1}},
		{"none when the pool is full", []int64{1, 2}, nil, -1, limit(2), 2, []int{0, 1}, 10, nil},
		{"none when more is held than the limit", []int64{1}, []*int64{limit(1)}, -1, nil, 4, []int{0, 0}, 10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := queues(c.priorities...)
			w := &waiting{held: map[uuid.UUID]int64{}}
			for i := range all {
				if c.limits != nil {
					all[i].ConcurrencyLimit = c.limits[i]
				}
				all[i].IsPaused = i == c.paused
				w.held[all[i].ID] = c.held
				w.pool += c.held
			}
			for i, q := range c.order {
				w.due = append(w.due, prefect.DueRun{ID: prefect.NewID(), QueueID: all[q].ID, At: prefect.TimePtr(start.Add(time.Duration(i) * time.Second))})
			}
			chosen, err := workpool.Choose(t.Context(), w, workpool.Request{Pool: &prefect.WorkPool{ID: prefect.NewID(), ConcurrencyLimit: c.pool}, Queues: all, Limit: c.limit})
			require.NoError(t, err)
			var places []int
			for _, run := range chosen {
				places = append(places, slices.IndexFunc(w.due, func(d prefect.DueRun) bool { return d.ID == run.ID }))
			}
			require.Equal(t, c.want, places)
		})
	}
}

// A backlog in a queue of low priority hides nothing of a queue of high priority, and is not read as a whole.
func TestChooseBehindABacklog(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all := queues(2, 1)
	w := &waiting{}
	for i := range 20_000 {
		w.due = append(w.due, prefect.DueRun{ID: prefect.NewID(), QueueID: all[0].ID, At: prefect.TimePtr(start.Add(time.Duration(i) * time.Second))})
	}
	urgent := prefect.DueRun{ID: prefect.NewID(), QueueID: all[1].ID, At: prefect.TimePtr(start.Add(30_000 * time.Second))}
	w.due = append(w.due, urgent)
	chosen, err := workpool.Choose(t.Context(), w, workpool.Request{Pool: &prefect.WorkPool{}, Queues: all, Limit: 3})
	require.NoError(t, err)
	require.Equal(t, []prefect.DueRun{urgent, w.due[0], w.due[1]}, chosen)
	require.Less(t, w.read, 2000)
}

func TestUnnoted(t *testing.T) {
	now := prefect.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	ready, notReady := prefect.WorkQueueReady, prefect.WorkQueueNotReady
	before, justNow := now.Add(-10*time.Second), now.Add(-time.Second)
	polled := []prefect.WorkQueue{
		{ID: prefect.NewID(), Status: &ready, LastPolled: &justNow},
		{ID: prefect.NewID(), Status: &ready, LastPolled: &before},
		{ID: prefect.NewID(), Status: &notReady, LastPolled: &justNow},
		{ID: prefect.NewID(), Status: &ready},
	}
	require.Equal(t, []uuid.UUID{polled[1].ID, polled[2].ID, polled[3].ID}, workpool.Unnoted(polled, now))
}

func TestCheckTemplate(t *testing.T) {
	for template, want := range map[string]string{
		`{}`: "",
		`{"job_configuration":{"a":"{{ x }}"},"variables":{"properties":{"x":{}}}}`:                    "",
		`{"job_configuration":{"a":{"{{ x }}":["{{x}}", 1]}},"variables":{"properties":{"x":{}}}}`:     "",
		`{"job_configuration":{"a":"{{\nx }} {{ é }} {{ x y }}"},"variables":{"properties":{"z":{}}}}`: "",
		`{"job_configuration":{"a":{"{{ k }}":["{{x}}"]}},"variables":{"properties":{"z":{}}}}`:        "undeclared variable(s): k ,x.",
		`{"job_configuration":{"a":"{{ $env }} {{ a.b[0] }}"},"variables":{"type":"object"}}`:          "undeclared variable(s): $env ,a.b[0].",
		`{"job_configuration":{},"variables":{"properties":{}}}`:                                       "must contain both",
		`{"job_configuration":{"a":1}}`:                               "must contain both",
		`{"job_configuration":[1],"variables":{"a":1}}`:               "must be objects",
		`{"job_configuration":{"a":1},"variables":{"properties":[]}}`: "must be an object",
	} {
		wrong := workpool.CheckTemplate(prefect.Object(template))
		if want == "" {
			require.Empty(t, wrong, template)
		} else {
			require.Contains(t, wrong, want, template)
		}
	}
}

func TestCheckVariables(t *testing.T) {
	id := prefect.NewID()
	block := func(_ context.Context, asked uuid.UUID) (prefect.Object, error) {
		return map[uuid.UUID]prefect.Object{id: prefect.Object(`{"foo":"bar"}`)}[asked], t.Context().Err()
	}
	template := func(properties string) prefect.Object {
		return prefect.Object(`{"job_configuration":{},"variables":{"properties":{` + properties + `},"required":["a"]}}`)
	}
	for _, c := range []struct {
		name, properties string
		o                workpool.Check
		override         string
		want             string
	}{
		{"a default that fits", `"a":{"type":"integer","default":1}`, workpool.Check{}, `{}`, ""},
		{"one that does not", `"a":{"type":"integer","default":"x"}`, workpool.Check{}, `{}`, "Validation failed for field 'a'"},
		{"one that does not and may", `"a":{"type":"integer","default":"x"}`, workpool.Check{IgnoreInvalidDefaults: true}, `{}`, ""},
		{"a variable that is needed", `"a":{"type":"integer"}`, workpool.Check{}, `{}`, "'a' is a required property"},
		{"one that others give", `"a":{"type":"integer"}`, workpool.Check{}, `{"a":3}`, ""},
		{"one that is needed later", `"a":{"type":"integer"}`, workpool.Check{IgnoreRequired: true}, `{}`, ""},
		{"a wrong override", `"a":{"type":"integer","default":1}`, workpool.Check{}, `{"a":"x"}`, "Validation failed for field 'a'"},
		{"a block", `"a":{"type":"object","default":{"$ref":{"block_document_id":"` + id.String() + `"}}}`, workpool.Check{}, `{}`, ""},
		{"a block of the wrong kind", `"a":{"type":"string","default":{"$ref":{"block_document_id":"` + id.String() + `"}}}`, workpool.Check{}, `{}`, "{'foo': 'bar'} is not"},
		{"a block that is not there", `"a":{"default":{"$ref":{"block_document_id":"` + uuid.NewString() + `"}}}`, workpool.Check{}, `{}`, "Block not found."},
		{"a block of no id", `"a":{"default":{"$ref":{"block_document_id":7}}}`, workpool.Check{}, `{}`, "Block not found."},
		{"no schema", `"a":{"type":"intege"}`, workpool.Check{}, `{}`, "Invalid schema: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := workpool.CheckVariables(t.Context(), block, template(c.properties), c.o, prefect.Object(c.override))
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
	var invalid *parameters.ValidationError
	require.ErrorAs(t, workpool.CheckVariables(t.Context(), block, template(`"a":{"type":"integer"}`), workpool.Check{}), &invalid)
	require.NoError(t, workpool.CheckVariables(t.Context(), block, prefect.Object(`{}`), workpool.Check{}))
}

func TestStatuses(t *testing.T) {
	now := prefect.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	recent, old := now.Add(-time.Minute), now.Add(-61*time.Second)
	queue := func(status prefect.WorkQueueStatus, polled *prefect.Time) *prefect.WorkQueue {
		return &prefect.WorkQueue{Status: &status, LastPolled: polled}
	}
	require.Equal(t, prefect.WorkQueuePaused, workpool.QueueStatus(queue(prefect.WorkQueueReady, &recent), true, now))
	require.Equal(t, prefect.WorkQueueReady, workpool.QueueStatus(queue(prefect.WorkQueuePaused, &recent), false, now))
	require.Equal(t, prefect.WorkQueueNotReady, workpool.QueueStatus(queue(prefect.WorkQueuePaused, &old), false, now))
	require.Equal(t, prefect.WorkQueueNotReady, workpool.QueueStatus(queue(prefect.WorkQueuePaused, nil), false, now))
	require.Equal(t, prefect.WorkQueueNotReady, workpool.QueueStatus(queue(prefect.WorkQueueNotReady, &recent), false, now))
	require.True(t, workpool.Health(queue(prefect.WorkQueueReady, &recent), 0, now).Healthy)
	require.False(t, workpool.Health(queue(prefect.WorkQueueReady, &recent), 1, now).Healthy)
	require.False(t, workpool.Health(queue(prefect.WorkQueueReady, &old), 0, now).Healthy)
}
