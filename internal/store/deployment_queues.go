package store

import (
	"context"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// WorkQueuesFor gives the queues that take up runs of the deployment by their filters: those that ask for no tags but the
// deployment's, and for no deployment or for this one. A queue without a filter is among them on SQLite only: the reference's databases
// differ in what a null holds.
func (tx *Tx) WorkQueuesFor(ctx context.Context, d *prefect.Deployment, limit int64) ([]prefect.WorkQueue, error) {
	b := tx.sql(selectWorkQueues)
	if tx.dialect == sqlb.SQLite {
		b.Write(` WHERE work_queue.filter IS NULL OR (json_type(work_queue.filter, '$.tags') = 'null' OR json_type(work_queue.filter, '$.tags') = 'array' AND NOT EXISTS (
	SELECT 1 FROM json_each(work_queue.filter, '$.tags') wanted WHERE wanted.value NOT IN (SELECT value FROM json_each(`).Arg(sqlb.JSONList{Values: d.Tags}).
			Write(`)))) AND (json_type(work_queue.filter, '$.deployment_ids') = 'null' OR json_array_length(work_queue.filter, '$.deployment_ids') = 0
	OR EXISTS (SELECT 1 FROM json_each(work_queue.filter, '$.deployment_ids') wanted WHERE wanted.value = `).Arg(d.ID.String()).Write("))")
	} else {
		b.Write(" WHERE (work_queue.filter->'tags' = 'null' OR work_queue.filter->'tags' <@ ").Arg(sqlb.JSONList{Values: d.Tags}).
			Write(") AND (work_queue.filter->'deployment_ids' IN ('null', '[]') OR work_queue.filter->'deployment_ids' @> ").
			Arg(sqlb.JSONList{Values: []string{d.ID.String()}}).Write(")")
	}
	return all(ctx, tx, b.Write(" ORDER BY work_queue.created, work_queue.id").Page(limit, 0), scanWorkQueue)
}
