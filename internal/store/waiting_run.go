package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// Runs that wait for a slot of their deployment's limit are planned for a later time, at which they ask again. Who came first is
// told by when a run was first expected to start, which no waiting changes.

// waitingRuns writes what holds for the runs that wait for a slot of the limit. Where it is a deployment's own, they are found among
// its scheduled runs, and otherwise among all that wait for slots, by an index either way.
func waitingRuns(b *sqlb.Builder, l *prefect.ConcurrencyLimitV2) *sqlb.Builder {
	b.Write("state_type = 'SCHEDULED' AND state_name = 'AwaitingConcurrencySlot' AND ")
	if name, own := strings.CutPrefix(l.Name, "deployment:"); own {
		if deployment, err := uuid.Parse(name); err == nil {
			return b.Write("deployment_id = ").Arg(deployment)
		}
	}
	return b.Write("EXISTS (SELECT 1 FROM deployment WHERE deployment.id = flow_run.deployment_id AND deployment.concurrency_limit_id = ").Arg(l.ID).Write(")")
}

// AdmitWaiting lets the first n of the runs that wait for a slot of the limit ask for it now. A run that another
// transaction has in hands is passed over: it asks already.
func (tx *Tx) AdmitWaiting(ctx context.Context, l *prefect.ConcurrencyLimitV2, n int64) error {
	now := tx.Now()
	first := func(b *sqlb.Builder) *sqlb.Builder {
		return waitingRuns(b, l).Write(" ORDER BY expected_start_time, id LIMIT ").Arg(n)
	}
	if tx.dialect == sqlb.Postgres {
		b := first(tx.sql("WITH waiting AS (SELECT id, state_id, next_scheduled_start_time FROM flow_run WHERE ")).
			Write(" FOR NO KEY UPDATE SKIP LOCKED), admitted AS (UPDATE flow_run SET ").Set("next_scheduled_start_time", now).Set("updated", now).
			Write(" FROM waiting WHERE flow_run.id = waiting.id AND waiting.next_scheduled_start_time > ").Arg(now).
			Write(" RETURNING flow_run.state_id) UPDATE flow_run_state SET state_details = state_details || jsonb_build_object('scheduled_time', ").
			Arg(now.String()).Write("::text) WHERE id IN (SELECT state_id FROM admitted)")
		return tx.queue(ctx, b)
	}
	b := tx.sql("UPDATE flow_run_state SET state_details = json_set(state_details, '$.scheduled_time', ").Arg(now.String()).
		Write(") WHERE id IN (SELECT state_id FROM (SELECT state_id, next_scheduled_start_time FROM flow_run WHERE ")
	if err := tx.queue(ctx, first(b).Write(") WHERE next_scheduled_start_time > ").Arg(now).Write(")")); err != nil {
		return err
	}
	b = tx.sql("UPDATE flow_run SET ").Set("next_scheduled_start_time", now).Set("updated", now).Write(" WHERE next_scheduled_start_time > ").Arg(now).
		Write(" AND id IN (SELECT id FROM flow_run WHERE ")
	return tx.queue(ctx, first(b).Write(")"))
}

// AdmittedBefore counts up to most of the runs that came before this one, that wait for a slot of the limit, and that
// were let ask for it since a time and have not done so.
func (tx *Tx) AdmittedBefore(ctx context.Context, l *prefect.ConcurrencyLimitV2, run *prefect.FlowRun, since prefect.Time, most int64) (int64, error) {
	b := waitingRuns(tx.sql("SELECT COUNT(*) FROM (SELECT 1 FROM flow_run WHERE "), l).
		Write(" AND next_scheduled_start_time >= ").Arg(since).Write(" AND next_scheduled_start_time <= ").Arg(tx.Now()).
		Write(" AND (expected_start_time < ").Arg(run.ExpectedStartTime).
		Write(" OR expected_start_time = ").Arg(run.ExpectedStartTime).Write(" AND id < ").Arg(run.ID).Write(") LIMIT ").Arg(most)
	return tx.int(ctx, b.Write(") AS before"))
}
