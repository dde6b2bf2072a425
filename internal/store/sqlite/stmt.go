package sqlite

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Stmt is a prepared statement: Bind gives it its arguments, Step goes from row to row, and Reset ends the use.
type Stmt struct {
	c       *Conn
	handle  uintptr
	columns int
	texts   buffer // what bound arguments point into, from Bind to Reset
}

// Prepare compiles a statement that will be used often.
func (c *Conn) Prepare(sql string) (*Stmt, error) {
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	out := c.tls.Alloc(pointerSize)
	defer c.tls.Free(pointerSize)
	if code := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, int32(len(sql)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, out, 0); code != sqlite3.SQLITE_OK { //nolint:gosec // a statement
		return nil, c.failure(code)
	}
	s := &Stmt{c: c, handle: *(*uintptr)(pointer(out))}
	if s.handle == 0 {
		return nil, fmt.Errorf("there is no statement in %q", sql)
	}
	s.columns = int(sqlite3.Xsqlite3_column_count(c.tls, s.handle))
	return s, nil
}

// Close gives up the statement. What its last use failed of was told then.
func (s *Stmt) Close() {
	s.texts.free(s.c.tls)
	sqlite3.Xsqlite3_finalize(s.c.tls, s.handle)
}

// Recompiled is how often SQLite has compiled the statement again.
func (s *Stmt) Recompiled() int {
	return int(sqlite3.Xsqlite3_stmt_status(s.c.tls, s.handle, sqlite3.SQLITE_STMTSTATUS_REPREPARE, 0))
}

// Columns is how many columns a row has.
func (s *Stmt) Columns() int { return s.columns }

// Step goes to the next row, if there is one.
func (s *Stmt) Step() (row bool, err error) {
	switch code := sqlite3.Xsqlite3_step(s.c.tls, s.handle); code {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.failure(code)
	}
}

// Reset ends a use of the statement. Its arguments stay bound, to memory that may be gone: nothing reads them before Bind has replaced
// them all, and clearing them would make SQLite compile the statement again, whose plan may depend on them.
func (s *Stmt) Reset() {
	sqlite3.Xsqlite3_reset(s.c.tls, s.handle) // repeats the error of the last step
	if s.texts.size > s.c.spare.size && s.texts.size <= maxSpare {
		s.texts, s.c.spare = s.c.spare, s.texts
	}
	s.texts.free(s.c.tls)
}

// Args gathers arguments in their order. The zero Args is empty; one is used again and again for the sake of its memory.
type Args struct {
	list  []arg
	texts []byte
}

type arg struct {
	kind       Kind
	number     int64
	real       float64
	start, end int // of the text
}

// Clear makes room for the arguments of another statement.
func (a *Args) Clear() {
	a.list = a.list[:0]
	if cap(a.texts) > maxSpare {
		a.texts = nil
	}
	a.texts = a.texts[:0]
}

// Null adds NULL.
func (a *Args) Null() { a.list = append(a.list, arg{kind: Null}) }

// Int adds a whole number.
func (a *Args) Int(n int64) { a.list = append(a.list, arg{kind: Int, number: n}) }

// Float adds a number.
func (a *Args) Float(f float64) { a.list = append(a.list, arg{kind: Float, real: f}) }

// Text adds a text.
func (a *Args) Text(s string) { a.AppendText(func(b []byte) []byte { return append(b, s...) }) }

// AppendText adds the text that write appends.
func (a *Args) AppendText(write func([]byte) []byte) { a.add(Text, write) }

// Blob adds bytes.
func (a *Args) Blob(p []byte) { a.add(Blob, func(b []byte) []byte { return append(b, p...) }) }

func (a *Args) add(k Kind, write func([]byte) []byte) {
	start := len(a.texts)
	a.texts = write(a.texts)
	a.list = append(a.list, arg{kind: k, start: start, end: len(a.texts)})
}

// Bind sets the arguments of the statement's next use.
func (s *Stmt) Bind(a *Args) error {
	if n := int(sqlite3.Xsqlite3_bind_parameter_count(s.c.tls, s.handle)); n != len(a.list) {
		return fmt.Errorf("the statement has %d parameters, not %d", n, len(a.list))
	}
	if err := s.hold(a.texts); err != nil {
		return err
	}
	tls := s.c.tls
	for i := range a.list {
		v, n := &a.list[i], int32(i+1) //nolint:gosec // SQLite counts parameters in this type
		var code int32
		switch v.kind {
		case Int:
			code = sqlite3.Xsqlite3_bind_int64(tls, s.handle, n, v.number)
		case Float:
			code = sqlite3.Xsqlite3_bind_double(tls, s.handle, n, v.real)
		case Text:
			code = sqlite3.Xsqlite3_bind_text(tls, s.handle, n, s.texts.address+uintptr(v.start), int32(v.end-v.start), sqlite3.SQLITE_STATIC) //nolint:gosec // see hold
		case Blob:
			code = sqlite3.Xsqlite3_bind_blob(tls, s.handle, n, s.texts.address+uintptr(v.start), int32(v.end-v.start), sqlite3.SQLITE_STATIC) //nolint:gosec // see hold
		default:
			code = sqlite3.Xsqlite3_bind_null(tls, s.handle, n)
		}
		if code != sqlite3.SQLITE_OK {
			return s.c.failure(code)
		}
	}
	return nil
}

// maxTexts is SQLite's own bound of a value, which holds for all of a statement's together.
const maxTexts = 1_000_000_000

// hold copies the texts to where SQLite can read them until Reset.
func (s *Stmt) hold(texts []byte) error {
	if len(texts) > maxTexts {
		return &Error{Code: sqlite3.SQLITE_TOOBIG, Message: "string or blob too big"}
	}
	s.texts, s.c.spare = s.c.spare, s.texts
	if s.texts.size <= len(texts) {
		s.texts.free(s.c.tls)
		size := max(4<<10, len(texts)+1) // at least one byte: an empty text needs an address too
		s.texts = buffer{libc.Xmalloc(s.c.tls, libc.Tsize_t(size)), size}
		if s.texts.address == 0 {
			return &Error{Code: sqlite3.SQLITE_NOMEM, Message: "out of memory"}
		}
	}
	copy(unsafe.Slice((*byte)(pointer(s.texts.address)), s.texts.size), texts)
	return nil
}

// Kind is what the value of a column is.
type Kind int32

// The kinds of values.
const (
	Int   Kind = sqlite3.SQLITE_INTEGER
	Float Kind = sqlite3.SQLITE_FLOAT
	Text  Kind = sqlite3.SQLITE_TEXT
	Blob  Kind = sqlite3.SQLITE_BLOB
	Null  Kind = sqlite3.SQLITE_NULL
)

// Kind is the kind of column i, before it is read as another one.
func (s *Stmt) Kind(i int) Kind {
	return Kind(sqlite3.Xsqlite3_column_type(s.c.tls, s.handle, int32(i)))
} //nolint:gosec // SQLite counts columns in this type

// Int is column i as a whole number.
func (s *Stmt) Int(i int) int64 { return sqlite3.Xsqlite3_column_int64(s.c.tls, s.handle, int32(i)) } //nolint:gosec // the same

// Float is column i as a number.
func (s *Stmt) Float(i int) float64 {
	return sqlite3.Xsqlite3_column_double(s.c.tls, s.handle, int32(i)) //nolint:gosec // the same
}

// Bytes are the text or the bytes of column i. They are SQLite's own and stay only until the next Step or Reset.
func (s *Stmt) Bytes(i int) []byte {
	address := sqlite3.Xsqlite3_column_blob(s.c.tls, s.handle, int32(i)) //nolint:gosec // the same
	if address == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(address)), sqlite3.Xsqlite3_column_bytes(s.c.tls, s.handle, int32(i))) //nolint:gosec // the same
}
