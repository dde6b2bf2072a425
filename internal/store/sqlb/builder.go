package sqlb

import "strconv"

// Builder writes one statement and gathers its arguments. Values never become text: the same shape of query always gives
// the same statement, so that prepared statements are found again. The zero Builder is not usable; see New.
type Builder struct {
	dialect Dialect
	text    []byte
	args    []any
}

// New starts a statement with the given text.
func New(d Dialect, text string) *Builder {
	b := &Builder{dialect: d, text: make([]byte, 0, 512)}
	b.text = append(b.text, text...)
	return b
}

// Dialect is the database for which the statement is written.
func (b *Builder) Dialect() Dialect { return b.dialect }

// SQL is the statement so far.
func (b *Builder) SQL() string { return string(b.text) }

// Args are its arguments, in the order of their placeholders.
func (b *Builder) Args() []any { return b.args }

// Write appends text.
func (b *Builder) Write(text string) *Builder {
	b.text = append(b.text, text...)
	return b
}

// Arg appends a placeholder for v.
func (b *Builder) Arg(v any) *Builder {
	b.args = append(b.args, v)
	if b.dialect == SQLite {
		b.text = append(b.text, '?')
		return b
	}
	b.text = append(b.text, '$')
	b.text = strconv.AppendInt(b.text, int64(len(b.args)), 10)
	return b
}

// Set appends "column = ?" to a SET list, with a comma where one is needed.
func (b *Builder) Set(column string, v any) *Builder {
	if last := b.text[len(b.text)-1]; last != ' ' {
		b.Write(", ")
	}
	return b.Write(column).Write(" = ").Arg(v)
}

// Values appends "(?, ?, ...)" for one row.
func (b *Builder) Values(row ...any) *Builder {
	b.Write("(")
	for i, v := range row {
		if i > 0 {
			b.Write(", ")
		}
		b.Arg(v)
	}
	return b.Write(")")
}

// Either appends the text of the dialect at hand.
func (b *Builder) Either(sqlite, postgres string) *Builder {
	if b.dialect == SQLite {
		return b.Write(sqlite)
	}
	return b.Write(postgres)
}

// In appends a test that column is one of the values of a slice, which travels as one argument.
func (b *Builder) In(column string, values any) *Builder {
	if b.dialect == SQLite {
		return b.Write(column).Write(" IN (SELECT value FROM json_each(").Arg(List{values}).Write("))")
	}
	return b.Write(column).Write(" = ANY(").Arg(List{values}).Write(")")
}

// NotIn appends the opposite of In; a null column fails it, as it does in the reference.
func (b *Builder) NotIn(column string, values any) *Builder {
	if b.dialect == SQLite {
		return b.Write(column).Write(" NOT IN (SELECT value FROM json_each(").Arg(List{values}).Write("))")
	}
	return b.Write(column).Write(" <> ALL(").Arg(List{values}).Write(")")
}

// List marks a slice argument: an array for PostgreSQL, a JSON array for SQLite's json_each.
type List struct{ Values any }

// HasAll appends a test that the JSON array in column holds every one of the values.
func (b *Builder) HasAll(column string, values []string) *Builder {
	if b.dialect == SQLite {
		return b.Write("NOT EXISTS (SELECT 1 FROM json_each(").Arg(List{values}).
			Write(") wanted WHERE wanted.value NOT IN (SELECT value FROM json_each(").Write(column).Write(")))")
	}
	return b.Write(column).Write(" @> to_jsonb(").Arg(List{values}).Write("::text[])")
}

// HasAny appends a test that the JSON array in column holds at least one of the values.
func (b *Builder) HasAny(column string, values []string) *Builder {
	if b.dialect == SQLite {
		return b.Write("EXISTS (SELECT 1 FROM json_each(").Write(column).
			Write(") held WHERE held.value IN (SELECT value FROM json_each(").Arg(List{values}).Write(")))")
	}
	return b.Write(column).Write(" ?| ").Arg(List{values}).Write("::text[]")
}

// Like appends a case-insensitive test that column contains text; wildcards in text keep their meaning, as they do in
// the reference.
func (b *Builder) Like(column, text string) *Builder {
	return b.Write(column).Either(" LIKE ", " ILIKE ").Arg("%" + text + "%")
}

// Page appends the limit and the offset.
func (b *Builder) Page(limit, offset int64) *Builder {
	return b.Write(" LIMIT ").Arg(limit).Write(" OFFSET ").Arg(offset)
}

// ForUpdate locks the selected rows of table until the transaction ends. SQLite has one writer and needs no lock.
func (b *Builder) ForUpdate(table string) *Builder {
	if b.dialect == SQLite {
		return b
	}
	return b.Write(" FOR UPDATE OF ").Write(table)
}

// Seconds appends an interval column as a number of seconds on PostgreSQL. On SQLite the column is read as it stands: the
// text of the epoch plus the interval, which the row reader understands.
func (b *Builder) Seconds(column string) *Builder {
	if b.dialect == SQLite {
		return b.Write(column)
	}
	return b.Write("extract(epoch from ").Write(column).Write(")::float8")
}
