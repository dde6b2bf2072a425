package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/sqlite"
)

const logColumns = "log.id, log.created, log.updated, log.name, log.level, log.message, log.timestamp, log.flow_run_id, log.task_run_id"

func scanLog(r Row, l *prefect.Log) error {
	return r.Scan(&l.ID, &l.Created, &l.Updated, &l.Name, &l.Level, &l.Message, &l.Timestamp, &l.FlowRunID, &l.TaskRunID)
}

//nolint:gochecknoglobals // Go has no constant slices
var logBulk = []bulkColumn{
	{"id", kindUUID}, {"created", kindTime}, {"updated", kindTime}, {"name", kindText}, {"level", kindInt}, {"message", kindText},
	{"timestamp", kindTime}, {"flow_run_id", kindUUID}, {"task_run_id", kindUUID},
}

// InsertLogs stores the lines. The character U+0000, which PostgreSQL cannot keep, is dropped.
func (tx *Tx) InsertLogs(ctx context.Context, logs []prefect.Log) error {
	w := tx.bulkInsert("log", logBulk, "")
	for i := range logs {
		l := &logs[i]
		err := w.row(ctx, l.ID, l.Created, l.Updated, withoutNull(l.Name), l.Level, withoutNull(l.Message), l.Timestamp, l.FlowRunID, l.TaskRunID)
		if err != nil {
			return err
		}
	}
	return w.queue(ctx)
}

func withoutNull(s string) string { return strings.ReplaceAll(s, "\x00", "") }

func logFilter(w *sqlb.Where, f *prefect.LogFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		if l := f.Level; l != nil {
			w.All(func(w *sqlb.Where) {
				if l.Ge != nil {
					w.Next().Write("log.level >= ").Arg(*l.Ge).Either("", "::bigint") // the column is a smallint
				}
				if l.Le != nil {
					w.Next().Write("log.level <= ").Arg(*l.Le).Either("", "::bigint") // the column is a smallint
				}
			})
		}
		timeFilter(w, "log.timestamp", f.Timestamp)
		anyIDFilter(w, "log.flow_run_id", f.FlowRunID)
		if t := f.TaskRunID; t != nil {
			w.All(func(w *sqlb.Where) {
				anyOf(w, "log.task_run_id", t.Any)
				isNull(w, "log.task_run_id", t.IsNull)
			})
		}
		if f.Text != nil {
			textFilter(w, []string{"log.message", "log.name"}, false, prefect.ParseTextQuery(f.Text.Query))
		}
	})
}

// textFilter writes the conditions of a search of some columns' text, whatever its case. Where they hold documents, a term is looked for
// as these spell it, too.
func textFilter(w *sqlb.Where, columns []string, documents bool, q prefect.TextQuery) {
	found := func(w *sqlb.Where, term string) {
		if b := w.Next(); b.Dialect() == sqlb.SQLite {
			b.Write(sqlite.ContainsText + "(").Arg(term).Write(", " + strings.Join(columns, ", ") + ")")
		} else {
			b.Write("strpos(lower(" + strings.Join(columns, " || ' ' || ") + "), ").Arg(term).Write(") > 0")
		}
	}
	contains := func(w *sqlb.Where, term string) {
		spelled := term
		if documents && w.Dialect() == sqlb.SQLite { // whose documents are ASCII
			spelled = pythonSpelling(term)
		}
		if spelled == term {
			found(w, term)
			return
		}
		w.Any(func(w *sqlb.Where) {
			found(w, term)
			found(w, spelled)
		})
	}
	w.All(func(w *sqlb.Where) {
		w.Any(func(w *sqlb.Where) {
			for _, term := range q.Include {
				contains(w, term)
			}
		})
		for _, term := range q.Required {
			contains(w, term)
		}
		for _, term := range q.Exclude {
			w.None(func(w *sqlb.Where) { contains(w, term) })
		}
	})
}

// Logs gives the lines that the filter selects.
func (tx *Tx) Logs(ctx context.Context, f *prefect.LogFilter, sort prefect.LogSort, limit, offset int64) ([]prefect.Log, error) {
	b := tx.sql("SELECT " + logColumns + " FROM log")
	logFilter(b.Where(), f)
	order := " ORDER BY log.timestamp ASC"
	if sort == prefect.LogTimestampDesc {
		order = " ORDER BY log.timestamp DESC"
	}
	return all(ctx, tx, b.Write(order).Page(limit, offset), scanLog)
}

// LogsByID gives the lines of those ids, oldest first.
func (tx *Tx) LogsByID(ctx context.Context, ids []uuid.UUID) ([]prefect.Log, error) {
	return all(ctx, tx, tx.sql("SELECT "+logColumns+" FROM log WHERE ").In("log.id", ids).Write(" ORDER BY log.timestamp ASC"), scanLog)
}

// EachLog calls fn for every line that the filter selects, oldest first, without holding them all in memory.
func (tx *Tx) EachLog(ctx context.Context, f *prefect.LogFilter, fn func(*prefect.Log) error) error {
	b := tx.sql("SELECT " + logColumns + " FROM log")
	logFilter(b.Where(), f)
	return tx.each(ctx, b.Write(" ORDER BY log.timestamp ASC, log.id ASC"), func(r Row) error {
		var l prefect.Log
		if err := scanLog(r, &l); err != nil {
			return err
		}
		return fn(&l)
	})
}
