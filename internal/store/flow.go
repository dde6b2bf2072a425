package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
)

const flowColumns = "flow.id, flow.created, flow.updated, flow.name, flow.tags, flow.labels"

func scanFlow(r Row, f *prefect.Flow) error {
	return r.Scan(&f.ID, &f.Created, &f.Updated, &f.Name, &f.Tags, &f.Labels)
}

// CreateFlow stores the flow unless one of its name exists, and returns what is stored and whether it is new.
func (tx *Tx) CreateFlow(ctx context.Context, f *prefect.Flow) (stored *prefect.Flow, created bool, err error) {
	b := tx.sql("INSERT INTO flow (id, created, updated, name, tags, labels) VALUES ").
		Values(f.ID, f.Created, f.Updated, f.Name, JSON{f.Tags}, JSON{f.Labels}).
		Write(" ON CONFLICT (name) DO NOTHING RETURNING ").Write(flowColumns)
	if stored, err = one(ctx, tx, b, scanFlow); err != nil || stored != nil {
		return stored, stored != nil, err
	}
	stored, err = tx.FlowByName(ctx, f.Name)
	return stored, false, err
}

// Flow gives the flow of that id, or nil.
func (tx *Tx) Flow(ctx context.Context, id uuid.UUID) (*prefect.Flow, error) {
	return one(ctx, tx, tx.sql("SELECT "+flowColumns+" FROM flow WHERE flow.id = ").Arg(id), scanFlow)
}

// FlowByName gives the flow of that name, or nil.
func (tx *Tx) FlowByName(ctx context.Context, name string) (*prefect.Flow, error) {
	return one(ctx, tx, tx.sql("SELECT "+flowColumns+" FROM flow WHERE flow.name = ").Arg(name), scanFlow)
}

// UpdateFlow changes what the update sets and gives the flow as it is then, or nil when there is none of that id.
func (tx *Tx) UpdateFlow(ctx context.Context, id uuid.UUID, u *prefect.FlowUpdate) (*prefect.Flow, error) {
	b := tx.sql("UPDATE flow SET ").Set("updated", tx.Now())
	if u.Tags.Set {
		b.Set("tags", JSON{u.Tags.Value})
	}
	return one(ctx, tx, b.Write(" WHERE id = ").Arg(id).Write(" RETURNING ").Write(flowColumns), scanFlow)
}

// Flows gives the flows that the filters select.
func (tx *Tx) Flows(ctx context.Context, f *Filters, sort prefect.FlowSort, limit, offset int64) ([]prefect.Flow, error) {
	b := tx.sql("SELECT " + flowColumns + " FROM flow")
	f.flows(b.Where())
	return all(ctx, tx, b.Write(" ORDER BY ").Write(flowOrder(sort)).Page(limit, offset), scanFlow)
}

// CountFlows counts the flows that the filters select.
func (tx *Tx) CountFlows(ctx context.Context, f *Filters) (int64, error) {
	b := tx.sql("SELECT count(*) FROM flow")
	f.flows(b.Where())
	return tx.int(ctx, b)
}

// DeleteFlows deletes the flows with all their runs and deployments and gives those that existed.
func (tx *Tx) DeleteFlows(ctx context.Context, flowIDs ...uuid.UUID) ([]prefect.Flow, error) {
	if err := tx.queue(ctx, tx.sql("DELETE FROM deployment WHERE ").In("flow_id", flowIDs)); err != nil {
		return nil, err
	}
	return all(ctx, tx, tx.sql("DELETE FROM flow WHERE ").In("id", flowIDs).Write(" RETURNING ").Write(flowColumns), scanFlow)
}

func flowOrder(sort prefect.FlowSort) string {
	switch sort {
	case prefect.FlowCreatedDesc:
		return "flow.created DESC"
	case prefect.FlowUpdatedDesc:
		return "flow.updated DESC"
	case prefect.FlowNameDesc:
		return "flow.name DESC"
	default:
		return "flow.name ASC"
	}
}
