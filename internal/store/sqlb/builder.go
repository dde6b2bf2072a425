package sqlb

import (
	"slices"
	"strconv"
)

// Builder writes one statement and gathers its arguments. Values never become text: the same shape of query always gives
// the same statement, so that prepared statements are found again. The zero Builder is not usable; see New.
type Builder struct {
	dialect Dialect
	text    []byte
	args    []any
	avoided []string
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

// Avoid keeps tests by In on the column from being searched by an index of it. It does so on SQLite, which takes any index it can.
func (b *Builder) Avoid(column string) { b.avoided = append(b.avoided, column) }

// In appends a test that column is one of the values of a slice, which travels as one argument.
func (b *Builder) In(column string, values any) *Builder {
	if b.dialect == SQLite {
		if slices.Contains(b.avoided, column) {
			b.Write("+")
		}
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

// JSONList marks a slice argument that travels as a JSON array to both databases.
type JSONList struct{ Values []string }

// InEnum is In for a column of an enumerated type of PostgreSQL. The values take the column's type, not the column theirs, so
// that an index on it serves, and they take it once, not for each row.
func (b *Builder) InEnum(column string, values []string) *Builder {
	if b.dialect == SQLite {
		return b.In(column, values)
	}
	return b.Write(column).Write(" = ANY(").Arg(arrayText(values)).Write(")")
}

// NotInEnum is NotIn for such a column.
func (b *Builder) NotInEnum(column string, values []string) *Builder {
	if b.dialect == SQLite {
		return b.NotIn(column, values)
	}
	return b.Write(column).Write(" <> ALL(").Arg(arrayText(values)).Write(")")
}

// arrayText is PostgreSQL's literal for an array of texts; the server reads it as the type that it needs.
func arrayText(values []string) string {
	text := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		for j := range len(v) {
			if v[j] == '"' || v[j] == '\\' {
				text = append(text, '\\')
			}
			text = append(text, v[j])
		}
		text = append(text, '"')
	}
	return string(append(text, '}'))
}

// HasAll appends a test that the JSON array in column holds every one of the values.
func (b *Builder) HasAll(column string, values []string) *Builder {
	if b.dialect != SQLite {
		return b.Write(column).Write(" @> ").Arg(JSONList{values})
	}
	if len(values) > maxTests {
		return b.Write("NOT EXISTS (SELECT 1 FROM json_each(").Arg(List{values}).
			Write(") wanted WHERE wanted.value NOT IN (SELECT value FROM json_each(").Write(column).Write(")))")
	}
	return b.holdsEach(column, values, " AND ")
}

// HasAny appends a test that the JSON array in column holds at least one of the values.
func (b *Builder) HasAny(column string, values []string) *Builder {
	if b.dialect != SQLite {
		return b.Write(column).Write(" ?| ").Arg(List{values}).Write("::text[]")
	}
	if len(values) == 0 || len(values) > maxTests {
		return b.Write("EXISTS (SELECT 1 FROM json_each(").Write(column).
			Write(") held WHERE held.value IN (SELECT value FROM json_each(").Arg(List{values}).Write(")))")
	}
	return b.holdsEach(column, values, " OR ")
}

// maxTests is the number of values up to which each gets a test of its own.
const maxTests = 8

func (b *Builder) holdsEach(column string, values []string, joiner string) *Builder {
	b.Write("(")
	for i, v := range values {
		if i > 0 {
			b.Write(joiner)
		}
		b.holds(column, v)
	}
	return b.Write(")")
}

// holds tests on SQLite that a JSON array of texts holds one. Unpacking the array of each row costs twenty times what looking
// for the text in the document does, so a plain text is looked for first, and found for sure where it is seen at the start of the
// array or behind a blank: what follows an escaped quote of another text has a backslash before it, and what follows a closing
// quote begins with a comma. Where it is seen elsewhere the array is unpacked after all.
func (b *Builder) holds(column, v string) {
	exact := func() {
		b.Write("EXISTS (SELECT 1 FROM json_each(").Write(column).Write(") held WHERE held.value = ").Arg(v).Write(")")
	}
	if !Plain(v) {
		exact()
		return
	}
	literal := `"` + v + `"`
	b.Write("(instr(").Write(column).Write(", ").Arg(literal).Write(") > 0 AND (instr(").Write(column).Write(", ").Arg("[" + literal).
		Write(") = 1 OR instr(").Write(column).Write(", ").Arg(" " + literal).Write(") > 0 OR ")
	exact()
	b.Write("))")
}

// Plain tells whether every writer of JSON spells the text in the same way, and whether it cannot be what lies between two texts
// of an array.
func Plain(v string) bool {
	between := true
	for i := range len(v) {
		c := v[i]
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '/' {
			return false
		}
		between = between && (c == ' ' || c == ',')
	}
	return !between
}

// Like appends a case-insensitive test that column contains text; wildcards in text keep their meaning, as they do in
// the reference.
func (b *Builder) Like(column, text string) *Builder {
	return b.Write(column).Either(" LIKE ", " ILIKE ").Arg("%" + text + "%")
}

// usualPage is the largest limit that becomes part of the statement.
const usualPage = 200

// Page appends the limit and the offset. A usual limit stands in the text: knowing it, both databases plan for the few rows that
// are wanted, and PostgreSQL can keep the plan.
func (b *Builder) Page(limit, offset int64) *Builder {
	b.Write(" LIMIT ")
	if limit >= 0 && limit <= usualPage {
		b.text = strconv.AppendInt(b.text, limit, 10)
	} else {
		b.Arg(limit)
	}
	if offset == 0 {
		return b
	}
	return b.Write(" OFFSET ").Arg(offset)
}

// ForUpdate locks the selected rows of table until the transaction ends, against all but being named by a foreign key.
// Rows of other tables that are joined to them may be older than they, where the statement had to wait. SQLite has one
// writer and needs no lock.
func (b *Builder) ForUpdate(table string) *Builder {
	if b.dialect == SQLite {
		return b
	}
	return b.Write(" FOR NO KEY UPDATE OF ").Write(table)
}

// Seconds appends an interval column as a number of seconds on PostgreSQL. On SQLite the column is read as it stands: the
// text of the epoch plus the interval, which the row reader understands.
func (b *Builder) Seconds(column string) *Builder {
	if b.dialect == SQLite {
		return b.Write(column)
	}
	return b.Write("date_part('epoch', ").Write(column).Write(")")
}
