package api

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createLogs struct {
	Body []prefect.LogCreate `body:"sequence"`
}

// createLogs answers once the lines are stored: a client counts them as safe then.
func (s *Server) createLogs(ctx context.Context, in *createLogs) (reply[any], error) {
	now := prefect.TimeOf(s.clock())
	logs := make([]prefect.Log, len(in.Body))
	for i := range in.Body {
		l := &in.Body[i]
		logs[i] = prefect.Log{
			ID: prefect.NewID(), Created: now, Updated: now, Name: l.Name, Level: l.Level, Message: l.Message,
			Timestamp: l.Timestamp, FlowRunID: l.FlowRunID, TaskRunID: l.TaskRunID,
		}
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) { return none{}, tx.InsertLogs(ctx, logs) })
	if err == nil {
		s.publishLogs(logs)
	}
	return reply[any]{http.StatusCreated, nil}, err
}

type readLogs struct {
	Body logsQuery `body:"embed"`
}

type logsQuery struct {
	paging
	Logs *prefect.LogFilter `json:"logs"`
	Sort prefect.LogSort    `json:"sort" default:"\"TIMESTAMP_ASC\""`
}

func (s *Server) readLogs(ctx context.Context, in *readLogs) ([]prefect.Log, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Log, error) {
		return tx.Logs(ctx, q.Logs, q.Sort, *q.Limit, q.Offset)
	})
}

// downloadLogs sends a flow run's logs as CSV, as they are read.
func (s *Server) downloadLogs(ctx context.Context, in *byID) (file, error) {
	run, err := s.readFlowRun(ctx, in)
	if err != nil {
		return file{}, err
	}
	return file{write: func(ctx context.Context, w http.ResponseWriter) error {
		name := strings.ReplaceAll(url.QueryEscape(run.Name+"-logs.csv"), "+", "%20")
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="flow-run-logs.csv"; filename*=UTF-8''`+name)
		buffered := bufio.NewWriterSize(w, 64<<10)
		if err := writeCSV(buffered, "timestamp", "level", "flow_run_id", "task_run_id", "message"); err != nil {
			return err
		}
		filter := &prefect.LogFilter{FlowRunID: &prefect.AnyIDFilter{Any: &[]uuid.UUID{in.ID}}}
		err := s.store.Read(ctx, func(tx *store.Tx) error {
			return tx.EachLog(ctx, filter, func(l *prefect.Log) error {
				return writeCSV(buffered, pythonTime(l.Timestamp), strconv.FormatInt(l.Level, 10), idText(l.FlowRunID), idText(l.TaskRunID), l.Message)
			})
		})
		if err != nil {
			return err
		}
		return buffered.Flush()
	}}, nil
}

// writeCSV writes a row as Python's csv does. encoding/csv would turn the line feeds within a field into CRLF.
func writeCSV(w *bufio.Writer, fields ...string) error {
	for i, field := range fields {
		fields[i] = quotedCSV(field)
	}
	_, err := w.WriteString(strings.Join(fields, ",") + "\r\n")
	return err
}

func quotedCSV(field string) string {
	if !strings.ContainsAny(field, ",\"\r\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}

// pythonTime is how Python prints a time, which is what the download's readers parse.
func pythonTime(t prefect.Time) string {
	layout := "2006-01-02 15:04:05.000000-07:00"
	if t.Nanosecond() == 0 {
		layout = "2006-01-02 15:04:05-07:00"
	}
	return t.UTC().Format(layout)
}

func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}
