package api

import (
	"context"

	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
)

type createVariable struct {
	Body prefect.VariableCreate `body:""`
}

func (s *Server) createVariable(ctx context.Context, in *createVariable) (*prefect.Variable, error) {
	now := prefect.TimeOf(s.clock())
	v := &prefect.Variable{ID: prefect.NewID(), Created: now, Updated: now, Name: in.Body.Name, Value: in.Body.Value, Tags: in.Body.Tags}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		if err := tx.InsertVariable(ctx, v); err != nil {
			return none{}, err
		}
		return none{}, tx.EmitEvents(ctx, events.VariableEvent(events.Created, v, now))
	})
	if store.IsUnique(err) {
		err = prefect.NewError(prefect.Conflict, "A variable with the name '"+v.Name+"' already exists.")
	}
	return v, err
}

// variable finds a variable by id or by name, and is a 404 where there is none.
func variable(ctx context.Context, tx *store.Tx, in any) (v *prefect.Variable, err error) {
	switch in := in.(type) {
	case byID:
		v, err = tx.Variable(ctx, in.ID)
	case byName:
		v, err = tx.VariableByName(ctx, in.Name)
	}
	if err == nil && v == nil {
		err = prefect.NewError(prefect.NotFound, "Variable not found.")
	}
	return v, err
}

func (s *Server) readVariable(ctx context.Context, in *byID) (*prefect.Variable, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.Variable, error) { return variable(ctx, tx, *in) })
}

func (s *Server) readVariableByName(ctx context.Context, in *byName) (*prefect.Variable, error) {
	return read(ctx, s, func(tx *store.Tx) (*prefect.Variable, error) { return variable(ctx, tx, *in) })
}

type readVariables struct {
	Body variablesQuery `body:"embed"`
}

type variablesQuery struct {
	paging
	Variables *prefect.VariableFilter `json:"variables"`
	Sort      prefect.VariableSort    `json:"sort" default:"\"NAME_ASC\""`
}

func (s *Server) readVariables(ctx context.Context, in *readVariables) ([]prefect.Variable, error) {
	q := &in.Body
	return read(ctx, s, func(tx *store.Tx) ([]prefect.Variable, error) {
		return tx.Variables(ctx, q.Variables, q.Sort, *q.Limit, q.Offset)
	})
}

type countVariables struct {
	Body struct {
		Variables *prefect.VariableFilter `json:"variables"`
	} `body:"embed"`
}

func (s *Server) countVariables(ctx context.Context, in *countVariables) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountVariables(ctx, in.Body.Variables) })
}

type updateVariable struct {
	byID
	Body prefect.VariableUpdate `body:""`
}

func (s *Server) updateVariable(ctx context.Context, in *updateVariable) (none, error) {
	return s.changeVariable(ctx, in.byID, &in.Body)
}

type updateVariableByName struct {
	byName
	Body prefect.VariableUpdate `body:""`
}

func (s *Server) updateVariableByName(ctx context.Context, in *updateVariableByName) (none, error) {
	return s.changeVariable(ctx, in.byName, &in.Body)
}

func (s *Server) changeVariable(ctx context.Context, which any, u *prefect.VariableUpdate) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		v, err := variable(ctx, tx, which)
		if err == nil && (prefect.IsNull(u.Name) || prefect.IsNull(u.Tags)) {
			err = prefect.NewError(prefect.Conflict, "A variable cannot be without a name and tags.")
		}
		if err != nil {
			return none{}, err
		}
		if v, err = tx.UpdateVariable(ctx, v.ID, u); err != nil || v == nil {
			return none{}, err
		}
		return none{}, tx.EmitEvents(ctx, events.VariableEvent(events.Updated, v, tx.Now()))
	})
}

func (s *Server) deleteVariable(ctx context.Context, in *byID) (none, error) {
	return s.dropVariable(ctx, *in)
}

func (s *Server) deleteVariableByName(ctx context.Context, in *byName) (none, error) {
	return s.dropVariable(ctx, *in)
}

func (s *Server) dropVariable(ctx context.Context, which any) (none, error) {
	return write(ctx, s, func(tx *store.Tx) (none, error) {
		v, err := variable(ctx, tx, which)
		if err != nil {
			return none{}, err
		}
		if there, err := tx.DeleteVariable(ctx, v.ID); err != nil || !there {
			return none{}, err
		}
		return none{}, tx.EmitEvents(ctx, events.VariableEvent(events.Deleted, v, tx.Now()))
	})
}
