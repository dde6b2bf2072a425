package sqlb

// Where writes conditions joined by one operator into a Builder. A group that turns out empty holds for every row.
type Where struct {
	*Builder
	joiner string
	prefix string // written before the first condition
	count  int
}

const or = " OR "

// Where starts the conditions of a statement: " WHERE a AND b", or nothing.
func (b *Builder) Where() *Where { return &Where{Builder: b, joiner: " AND ", prefix: " WHERE "} }

// And starts conditions that follow others of the same statement: " AND a AND b", or nothing.
func (b *Builder) And() *Where { return &Where{Builder: b, joiner: " AND ", prefix: " AND "} }

// Next begins a condition and returns the Builder to write it with. The condition must be one operand: whoever writes
// an OR in it adds the parentheses.
func (w *Where) Next() *Builder {
	if w.count == 0 {
		w.Write(w.prefix)
	} else {
		w.Write(w.joiner)
	}
	w.count++
	return w.Builder
}

// Empty tells whether nothing was written yet.
func (w *Where) Empty() bool { return w.count == 0 }

// All writes what fill adds as one parenthesised condition, joined by AND.
func (w *Where) All(fill func(*Where)) { w.nested(" AND ", "(", ")", fill) }

// Any writes what fill adds as one parenthesised condition, joined by OR.
func (w *Where) Any(fill func(*Where)) { w.nested(or, "(", ")", fill) }

// None writes the opposite of All.
func (w *Where) None(fill func(*Where)) { w.nested(" AND ", "NOT (", ")", fill) }

// Exists writes `EXISTS (SELECT 1 FROM from WHERE on AND ...)`, with what fill adds behind on.
func (w *Where) Exists(from, on string, fill func(*Where)) {
	w.Next().Write("EXISTS (SELECT 1 FROM ").Write(from).Write(" WHERE ").Write(on)
	fill(w.And())
	w.Write(")")
}

func (w *Where) nested(joiner, open, closing string, fill func(*Where)) {
	inner := &Where{Builder: w.Builder, joiner: joiner}
	inner.prefix = w.prefix + open
	if w.count > 0 {
		inner.prefix = w.joiner + open
	}
	fill(inner)
	switch {
	case inner.count > 0:
		w.count++
		w.Write(closing)
	case w.joiner == or:
		w.Next().Write("TRUE")
	}
}
