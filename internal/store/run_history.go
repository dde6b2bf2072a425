package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// maxIntervals bounds a history, as the reference does.
const maxIntervals = 500

// FlowRunHistory counts the flow runs that the filters select by state and by interval of their expected start. The
// intervals are so many seconds long, at least one.
func (tx *Tx) FlowRunHistory(ctx context.Context, f *Filters, start, end prefect.Time, seconds float64) ([]prefect.RunHistory, error) {
	return tx.runHistory(ctx, "flow_run", f.flowRuns, start, end, seconds)
}

// TaskRunHistory is FlowRunHistory for task runs.
func (tx *Tx) TaskRunHistory(ctx context.Context, f *Filters, start, end prefect.Time, seconds float64) ([]prefect.RunHistory, error) {
	return tx.runHistory(ctx, "task_run", f.taskRuns, start, end, seconds)
}

// intervals cuts the time from start to end into pieces. All of it is counted in microseconds: a time.Duration holds less
// than three centuries. No interval ends after the last instant that there is.
func intervals(start, end prefect.Time, seconds float64) []prefect.RunHistory {
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
	width := int64(math.Round(min(seconds, 1e12) * 1e6))
	pieces := []prefect.RunHistory{}
	for from := start.UnixMicro(); from < end.UnixMicro() && len(pieces) < maxIntervals; from += width {
		pieces = append(pieces, prefect.RunHistory{
			IntervalStart: prefect.TimeOf(time.UnixMicro(from)), IntervalEnd: prefect.TimeOf(time.UnixMicro(min(from+width, last))), States: []prefect.RunHistoryState{},
		})
	}
	return pieces
}

func (tx *Tx) runHistory(ctx context.Context, table string, filter func(*sqlb.Where), start, end prefect.Time, seconds float64) ([]prefect.RunHistory, error) {
	history := intervals(start, end, seconds)
	count := len(history)
	if count == 0 {
		return history, nil
	}
	if tx.dialect == sqlb.SQLite {
		return history, tx.countHistory(ctx, history, table, filter)
	}
	b := tx.sql("SELECT ")
	bucket(b, table+".expected_start_time", start, seconds)
	b.Write(" AS bucket, " + table + ".state_type, " + table + ".state_name, count(*), coalesce(sum(")
	runTime(b, table, tx.Now())
	b.Write("), 0), coalesce(sum(")
	lateness(b, table, tx.Now())
	b.Write("), 0) FROM " + table + " WHERE " + table + ".expected_start_time >= ").Arg(start).
		Write(" AND " + table + ".expected_start_time < ").Arg(history[count-1].IntervalEnd)
	filter(b.And())
	b.Write(" AND " + table + ".state_type IS NOT NULL GROUP BY 1, 2, 3")
	err := tx.each(ctx, b, func(r Row) error {
		var i int64
		var s prefect.RunHistoryState
		var run, late float64
		if err := r.Scan(&i, &s.StateType, &s.StateName, &s.CountRuns, &run, &late); err != nil {
			return err
		}
		s.SumEstimatedRunTime, s.SumEstimatedLateness = prefect.Seconds(run), prefect.Seconds(late)
		if i >= 0 && int(i) < count { // rounding may push a run over the last edge
			history[i].States = append(history[i].States, s)
		}
		return nil
	})
	return history, err
}

// countHistory counts the runs itself: SQLite keeps times as texts, and takes three times as long to read them and to sort by them.
func (tx *Tx) countHistory(ctx context.Context, history []prefect.RunHistory, table string, filter func(*sqlb.Where)) error {
	start, end, now := history[0].IntervalStart, history[len(history)-1].IntervalEnd, tx.Now()
	width := history[0].IntervalEnd.UnixMicro() - start.UnixMicro()
	b := tx.sql("SELECT ")
	for _, column := range []string{"state_name", "state_timestamp", "total_run_time", "start_time", "expected_start_time"} {
		b.Write(table + "." + column + ", ")
	}
	b.Write(table + ".state_type FROM " + table + " WHERE " + table + ".expected_start_time >= ").Arg(start).
		Write(" AND " + table + ".expected_start_time < ").Arg(end)
	filter(b.And())
	b.Write(" AND " + table + ".state_type IS NOT NULL")
	type group struct {
		interval int64
		kind     prefect.StateType
		name     string
	}
	groups := map[group]*prefect.RunHistoryState{}
	err := tx.each(ctx, b, func(r Row) error {
		var name string
		var total prefect.Seconds
		var since, begun *prefect.Time
		var expected prefect.Time
		var kind prefect.StateType
		if err := r.Scan(&name, &since, &total, &begun, &expected, &kind); err != nil {
			return err
		}
		g := group{(expected.UnixMicro() - start.UnixMicro()) / width, kind, name}
		state, ok := groups[g]
		if !ok {
			state = &prefect.RunHistoryState{StateType: kind, StateName: name}
			groups[g] = state
		}
		run, late := estimates(now, &kind, since, total, begun, &expected)
		state.CountRuns++
		state.SumEstimatedRunTime += run
		state.SumEstimatedLateness += late
		return nil
	})
	for g, state := range groups {
		history[g.interval].States = append(history[g.interval].States, *state)
	}
	for i := range history {
		slices.SortFunc(history[i].States, func(x, y prefect.RunHistoryState) int {
			return cmp.Or(cmp.Compare(x.StateType, y.StateType), cmp.Compare(x.StateName, y.StateName))
		})
	}
	return err
}

// bucket writes the number of the interval, of so many seconds, in which the column's time lies.
func bucket(b *sqlb.Builder, column string, start prefect.Time, seconds float64) {
	if b.Dialect() == sqlb.SQLite {
		b.Write("CAST((unixepoch(").Write(column).Write(", 'subsec') - ").Arg(float64(start.UnixMicro()) / 1e6).
			Write(") / ").Arg(seconds).Write(" AS INTEGER)")
		return
	}
	// date_part and not extract, which computes in decimal numbers and takes longer than the rest of the query.
	b.Write("floor(date_part('epoch', ").Write(column).Write(" - ").Arg(start).Write("::timestamptz) / ").
		Arg(seconds).Write("::float8)::bigint")
}

// since writes the seconds from one time to another.
func since(b *sqlb.Builder, later, earlier func()) {
	open, between, closing := "date_part('epoch', ", " - ", ")"
	if b.Dialect() == sqlb.SQLite {
		open, between, closing = "(unixepoch(", ", 'subsec') - unixepoch(", ", 'subsec'))"
	}
	b.Write(open)
	later()
	b.Write(between)
	earlier()
	b.Write(closing)
}

// runTime writes for PostgreSQL how many seconds a run has run up to now.
func runTime(b *sqlb.Builder, table string, now prefect.Time) {
	b.Write("(date_part('epoch', " + table + ".total_run_time) + CASE WHEN " + table + ".state_type = 'RUNNING' AND " + table +
		".state_timestamp IS NOT NULL THEN date_part('epoch', ").Arg(now).Write("::timestamptz - " + table + ".state_timestamp) ELSE 0 END)")
}

// lateness writes by how many seconds a run started late, or is late.
func lateness(b *sqlb.Builder, table string, now prefect.Time) {
	column := func(name string) func() { return func() { b.Write(table + "." + name) } }
	instant := func() { b.Arg(now).Either("", "::timestamptz") }
	b.Write("(CASE WHEN " + table + ".start_time > " + table + ".expected_start_time THEN ")
	since(b, column("start_time"), column("expected_start_time"))
	b.Write(" WHEN " + table + ".start_time IS NULL AND " + table + ".state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') AND " +
		table + ".expected_start_time < ")
	instant()
	b.Write(" THEN ")
	since(b, instant, column("expected_start_time"))
	b.Write(" ELSE 0 END)")
}

// FlowRunLateness gives the average lateness in seconds of the flow runs that the filters select, or nil when there are none.
func (tx *Tx) FlowRunLateness(ctx context.Context, f *Filters) (*prefect.Seconds, error) {
	// PostgreSQL rounds the average of intervals to whole microseconds, and not as the one of floating numbers would be.
	b := tx.sql("SELECT ").Either("avg(", "date_part('epoch', avg(make_interval(secs => ")
	lateness(b, "flow_run", tx.Now())
	b.Either(")", ")))").Write(" FROM flow_run")
	f.flowRuns(b.Where())
	var average *float64
	err := tx.each(ctx, b, func(r Row) error { return r.Scan(&average) })
	if average == nil {
		return nil, err
	}
	rounded := prefect.Seconds(math.Round(*average*1e6) / 1e6)
	return &rounded, err
}
