// Package sqlite binds SQLite, whose C code modernc.org/sqlite/lib holds as Go, as narrowly as package store needs it. The driver for
// database/sql that comes with it reads every time into a time.Time, puts every value into an interface, takes the connection's mutex
// for every column and watches a context for every row, which together cost more than most of our statements; here a column's
// bytes are looked at where they lie.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Conn is an open database. One goroutine uses it at a time, with its statements; Interrupt may be called by any.
type Conn struct {
	db  uintptr
	tls *libc.TLS
	// spare is a buffer for the texts of a statement's arguments that no statement uses at present.
	spare buffer
}

// Open opens the database that the URI names, and makes its file if there is none, unless the URI says mode=ro.
func Open(uri string) (*Conn, error) {
	tls := libc.NewTLS()
	name, err := libc.CString(uri)
	if err != nil {
		tls.Close()
		return nil, err
	}
	defer libc.Xfree(tls, name)
	out := tls.Alloc(pointerSize)
	defer tls.Free(pointerSize)
	// Each connection is one goroutine's at a time, so that it needs no mutex.
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_URI
	code := sqlite3.Xsqlite3_open_v2(tls, name, out, flags, 0)
	c := &Conn{db: *(*uintptr)(pointer(out)), tls: tls}
	if code != sqlite3.SQLITE_OK {
		return nil, errors.Join(c.failure(code), c.Close())
	}
	sqlite3.Xsqlite3_extended_result_codes(tls, c.db, 1)
	if err := c.register(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close closes the connection, whose statements must be closed before.
func (c *Conn) Close() error {
	c.spare.free(c.tls)
	code := sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	c.tls.Close()
	if code != sqlite3.SQLITE_OK {
		return &Error{Code: int(code), Message: "the connection cannot be closed"}
	}
	return nil
}

// Run carries out a script of statements without arguments, and passes over the rows that they give.
func (c *Conn) Run(script string) error {
	text, err := libc.CString(script)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	if code := sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); code != sqlite3.SQLITE_OK {
		return c.failure(code)
	}
	return nil
}

// Changes is how many rows the last INSERT, UPDATE or DELETE changed.
func (c *Conn) Changes() int64 { return int64(sqlite3.Xsqlite3_changes(c.tls, c.db)) }

// Watch interrupts what the connection does when ctx ends, until the function that it gives is called.
func (c *Conn) Watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	interrupted := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		tls := libc.NewTLS() // c.tls is in use
		sqlite3.Xsqlite3_interrupt(tls, c.db)
		tls.Close()
	})
	return func() {
		if !forget() {
			<-interrupted // it must not hit what comes next
		}
	}
}

// Error is a failure that SQLite reports.
type Error struct {
	Code    int // the extended result code
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

func (c *Conn) failure(code int32) error {
	message := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, code))
	if c.db != 0 {
		if more := libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)); more != message {
			message += ": " + more
		}
	}
	return &Error{Code: int(code), Message: message}
}

const pointerSize = int(unsafe.Sizeof(uintptr(0)))

// pointer is for addresses of memory that libc has allocated, which the collector knows nothing of and does not move.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// buffer is memory for SQLite to read from.
type buffer struct {
	address uintptr
	size    int
}

// maxSpare is the size up to which a buffer is kept for the next statement.
const maxSpare = 64 << 10

func (b *buffer) free(tls *libc.TLS) {
	if b.address != 0 {
		libc.Xfree(tls, b.address)
	}
	*b = buffer{}
}
