package store

import (
	"context"

	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

const variableColumns = "variable.id, variable.created, variable.updated, variable.name, variable.value, variable.tags"

func scanVariable(r Row, v *prefect.Variable) error {
	return r.Scan(&v.ID, &v.Created, &v.Updated, &v.Name, &v.Value, &v.Tags)
}

// InsertVariable stores a new variable; one of the same name is a *ConstraintError.
func (tx *Tx) InsertVariable(ctx context.Context, v *prefect.Variable) error {
	_, err := tx.exec(ctx, tx.sql("INSERT INTO variable (id, created, updated, name, value, tags) VALUES ").
		Values(v.ID, v.Created, v.Updated, v.Name, v.Value, JSON{v.Tags}))
	return err
}

// Variable gives the variable of that id, or nil.
func (tx *Tx) Variable(ctx context.Context, id uuid.UUID) (*prefect.Variable, error) {
	return one(ctx, tx, tx.sql("SELECT "+variableColumns+" FROM variable WHERE id = ").Arg(id), scanVariable)
}

// VariableByName gives the variable of that name, or nil.
func (tx *Tx) VariableByName(ctx context.Context, name string) (*prefect.Variable, error) {
	return one(ctx, tx, tx.sql("SELECT "+variableColumns+" FROM variable WHERE name = ").Arg(name), scanVariable)
}

func variableFilter(w *sqlb.Where, f *prefect.VariableFilter) {
	if f == nil {
		return
	}
	group(w, f.Operator, func(w *sqlb.Where) {
		anyIDFilter(w, "variable.id", f.ID)
		nameFilter(w, "variable.name", f.Name)
		allTagsFilter(w, "variable.tags", f.Tags)
	})
}

// Variables gives the variables that the filter selects.
func (tx *Tx) Variables(ctx context.Context, f *prefect.VariableFilter, sort prefect.VariableSort, limit, offset int64) ([]prefect.Variable, error) {
	b := tx.sql("SELECT " + variableColumns + " FROM variable")
	variableFilter(b.Where(), f)
	order := map[prefect.VariableSort]string{
		prefect.VariableCreatedDesc: "created DESC", prefect.VariableUpdatedDesc: "updated DESC",
		prefect.VariableNameDesc: "name DESC", prefect.VariableNameAsc: "name ASC",
	}[sort]
	return all(ctx, tx, b.Write(" ORDER BY variable.").Write(order).Page(limit, offset), scanVariable)
}

// CountVariables counts the variables that the filter selects.
func (tx *Tx) CountVariables(ctx context.Context, f *prefect.VariableFilter) (int64, error) {
	b := tx.sql("SELECT count(*) FROM variable")
	variableFilter(b.Where(), f)
	return tx.int(ctx, b)
}

// UpdateVariable changes what the update sets and gives the variable as it is then, or nil when there is none of that id.
// A name that is taken is a *ConstraintError.
func (tx *Tx) UpdateVariable(ctx context.Context, id uuid.UUID, u *prefect.VariableUpdate) (*prefect.Variable, error) {
	b := tx.sql("UPDATE variable SET ").Set("updated", tx.Now())
	if u.Name.Value != nil {
		b.Set("name", *u.Name.Value)
	}
	if u.Value.Set {
		b.Set("value", u.Value.Value)
	}
	if u.Tags.Value != nil {
		b.Set("tags", JSON{*u.Tags.Value})
	}
	return one(ctx, tx, b.Write(" WHERE id = ").Arg(id).Write(" RETURNING ").Write(variableColumns), scanVariable)
}

// DeleteVariable deletes the variable and tells whether there was one.
func (tx *Tx) DeleteVariable(ctx context.Context, id uuid.UUID) (bool, error) {
	n, err := tx.exec(ctx, tx.sql("DELETE FROM variable WHERE id = ").Arg(id))
	return n > 0, err
}

// VariableValues gives the values of those of the variables that exist, by name.
func (tx *Tx) VariableValues(ctx context.Context, names []string) (map[string]prefect.Raw, error) {
	values := make(map[string]prefect.Raw, len(names))
	b := tx.sql("SELECT name, value FROM variable WHERE ").In("name", names)
	return values, tx.each(ctx, b, func(r Row) error {
		var name string
		var value prefect.Raw
		err := r.Scan(&name, &value)
		values[name] = value
		return err
	})
}
