package corpus_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"praetor/test/corpus"
)

// standIns are what the corpus needs of routes that come with deployments and work pools: they write
// the rows that those routes would write, and read what the scenarios look at. A route that the server has is asked itself:
// take it out here then.
var standIns = []struct {
	method, path string
	do           func(w *world, ids []string, in document) (any, error)
}{
	{"POST", "/deployments/", createDeployment},
	{"GET", "/deployments/{}", readDeployment},
	{"DELETE", "/deployments/{}", deleteDeployment},
	{"POST", "/work_pools/", createWorkPool},
	{"POST", "/work_pools/{}/queues", createWorkQueue},
}

// standIn writes to the database behind a server.
func standIn(db *sql.DB, dialect string) corpus.StandIn {
	return func(ctx context.Context, method, path string, body []byte) (any, bool, error) {
		for _, s := range standIns {
			ids, ok := pathMatches(s.path, path)
			if !ok || s.method != method {
				continue
			}
			in := document{}
			if len(body) > 0 {
				if err := json.Unmarshal(body, &in); err != nil {
					return nil, true, err
				}
			}
			answer, err := s.do(&world{ctx, db, dialect}, ids, in)
			return answer, true, err
		}
		return nil, false, nil
	}
}

// pathMatches compares a path with a pattern, in which {} is any one segment, and gives those segments.
func pathMatches(pattern, path string) (segments []string, ok bool) {
	path, _, _ = strings.Cut(path, "?")
	parts, given := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(parts) != len(given) {
		return nil, false
	}
	for i, part := range parts {
		switch {
		case part == "{}":
			segments = append(segments, given[i])
		case part != given[i]:
			return nil, false
		}
	}
	return segments, true
}

type document map[string]any

// world is the database behind a server.
type world struct {
	ctx     context.Context
	db      *sql.DB
	dialect string
}

// statement numbers the placeholders where PostgreSQL wants them numbered.
func (w *world) statement(text string) string {
	if w.dialect == "sqlite" {
		return text
	}
	var out strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			out.WriteString("$" + strconv.Itoa(i))
		}
		out.WriteString(part)
	}
	return out.String()
}

func (w *world) exec(text string, args ...any) error {
	result, err := w.db.ExecContext(w.ctx, w.statement(text), args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("no row was written by %s (%w)", text, err)
	}
	return nil
}

// insert writes a row of those columns and gives its id.
func (w *world) insert(table string, columns []string, values ...any) (string, error) {
	id := uuid.NewString()
	marks := strings.Repeat(", ?", len(columns))
	err := w.exec(fmt.Sprintf("INSERT INTO %s (id, %s) VALUES (?%s)", table, strings.Join(columns, ", "), marks), append([]any{id}, values...)...)
	return id, err
}

// json is a member as JSON text, or NULL where it is absent.
func (d document) json(member string) any {
	value, ok := d[member]
	if !ok {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return string(text)
}

// or is a member, or what stands in its place where it is absent.
func (d document) or(member string, otherwise any) any {
	if value, ok := d[member]; ok {
		return value
	}
	return otherwise
}

func (w *world) createLimit(name string, limit, active any) (string, error) {
	return w.insert("concurrency_limit_v2",
		[]string{"name", `"limit"`, "active", "active_slots", "denied_slots", "slot_decay_per_second", "avg_slot_occupancy_seconds"},
		name, limit, active, 0, 0, 0.0, 2.0)
}

func createDeployment(w *world, _ []string, in document) (any, error) {
	var inherited sql.NullString
	if err := w.db.QueryRowContext(w.ctx, w.statement("SELECT labels FROM flow WHERE id = ?"), in["flow_id"]).Scan(&inherited); err != nil {
		return nil, err
	}
	labels := document{}
	if err := json.Unmarshal([]byte(inherited.String), &labels); err != nil {
		return nil, err
	}
	labels["prefect.flow.id"] = in["flow_id"]
	id, err := w.insert("deployment",
		[]string{"name", "flow_id", "tags", "paused", "concurrency_options", "labels"},
		in["name"], in["flow_id"], document{"tags": in.or("tags", []string{})}.json("tags"), in.or("paused", false), in.json("concurrency_options"), document{"labels": labels}.json("labels"))
	answer := document{"id": id, "name": in["name"]}
	if err != nil || in["concurrency_limit"] == nil {
		return answer, err
	}
	limit, err := w.createLimit("deployment:"+id, in["concurrency_limit"], true)
	if err != nil {
		return nil, err
	}
	answer["global_concurrency_limit"] = document{"id": limit}
	return answer, w.exec("UPDATE deployment SET concurrency_limit_id = ? WHERE id = ?", limit, id)
}

func readDeployment(w *world, ids []string, _ document) (any, error) {
	var limit, slots sql.NullInt64
	err := w.db.QueryRowContext(w.ctx, w.statement(`SELECT l."limit", l.active_slots FROM deployment d
	LEFT JOIN concurrency_limit_v2 l ON l.id = d.concurrency_limit_id WHERE d.id = ?`), ids[0]).Scan(&limit, &slots)
	if err != nil || !limit.Valid {
		return document{"id": ids[0]}, err
	}
	return document{"id": ids[0], "global_concurrency_limit": document{"limit": limit.Int64, "active_slots": slots.Int64}}, nil
}

// deleteDeployment deletes the deployment's limit and scheduled runs too.
func deleteDeployment(w *world, ids []string, _ document) (any, error) {
	if err := w.exec("DELETE FROM flow_run WHERE deployment_id = ? AND state_type = 'SCHEDULED'", ids[0]); err != nil {
		return nil, err
	}
	if err := w.exec("DELETE FROM concurrency_limit_v2 WHERE name = ?", "deployment:"+ids[0]); err != nil {
		return nil, err
	}
	return nil, w.exec("DELETE FROM deployment WHERE id = ?", ids[0])
}

func createWorkPool(w *world, _ []string, in document) (any, error) {
	id, err := w.insert("work_pool", []string{"name", "type"}, in["name"], in["type"])
	if err != nil {
		return nil, err
	}
	queue, err := w.insert("work_queue", []string{"name", "work_pool_id"}, "default", id)
	if err != nil {
		return nil, err
	}
	return document{"id": id, "default_queue_id": queue}, w.exec("UPDATE work_pool SET default_queue_id = ? WHERE id = ?", queue, id)
}

func createWorkQueue(w *world, ids []string, in document) (any, error) {
	var pool string
	if err := w.db.QueryRowContext(w.ctx, w.statement("SELECT id FROM work_pool WHERE name = ?"), ids[0]).Scan(&pool); err != nil {
		return nil, err
	}
	id, err := w.insert("work_queue", []string{"name", "work_pool_id", "priority"}, in["name"], pool, 2)
	return document{"id": id}, err
}
