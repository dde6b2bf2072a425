// Package store holds every query, one file per entity, over the schema that Prefect's own server uses. Reads run
// beside each other; writes are transactions. The two databases differ in two files, sqlite.go and postgres.go, and in
// what package sqlb writes.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"praetor/internal/prefect"
	"praetor/internal/store/schema"
	"praetor/internal/store/sqlb"
)

// Store is an open database. Its methods may be called from any number of goroutines.
type Store struct {
	dialect sqlb.Dialect
	backend backend
	clock   func() time.Time
	events  Events
	// bytewise says that the database orders texts by their bytes, so that an index holds those with a prefix.
	bytewise bool
}

// backend is what a database must offer. Implementations: sqliteDriver and postgresDriver.
type backend interface {
	// read runs fn outside a transaction, on a connection of its own.
	read(ctx context.Context, fn func(conn) error) error
	// write runs fn in a transaction that is committed when fn returns nil and rolled back otherwise.
	write(ctx context.Context, fn func(conn) error) error
	// ping asks the database for an answer.
	ping(ctx context.Context) error
	close() error
}

// conn runs statements. Queue may delay a statement until the next query or the commit, to save a round trip; its
// failure then comes out there.
type conn interface {
	query(ctx context.Context, sql string, args []any, each func(Row) error) error
	exec(ctx context.Context, sql string, args []any) (rows int64, err error)
	queue(ctx context.Context, sql string, args []any) error
	// last is query for the last statement of a transaction, which may be committed with it.
	last(ctx context.Context, sql string, args []any, each func(Row) error) error
}

// Row is one row of an answer.
type Row interface {
	// Scan copies the columns into dest: pointers to the types of package prefect, strings, numbers, UUIDs, pointers to
	// those for nullable columns, and anything else as JSON.
	Scan(dest ...any) error
}

// Tx runs the queries of this package. One from Read sees each statement's newest data; one from Write is a
// transaction. It must not be used after the function that was given it has returned, nor by two goroutines at once.
type Tx struct {
	dialect sqlb.Dialect
	conn    conn
	clock   func() time.Time
	// bytewise is the store's.
	bytewise bool

	events  Events
	stored  []prefect.ReceivedEvent // to be told of after the commit
	emitted bool                    // whether there is something in the outbox after it

	committed, rolledBack []func()
}

// OnCommit has fn called once the transaction is stored, in the goroutine that waits for it. It must not block.
func (tx *Tx) OnCommit(fn func()) { tx.committed = append(tx.committed, fn) }

// OnRollback has fn called if the transaction comes to nothing, in the goroutine that waits for it: it takes back what was done
// elsewhere in the transaction's name.
func (tx *Tx) OnRollback(fn func()) { tx.rolledBack = append(tx.rolledBack, fn) }

// Now is the time of the store's clock, as precise as the databases keep it.
func (tx *Tx) Now() prefect.Time { return prefect.TimeOf(tx.clock()) }

// Read runs fn with a Tx that must only read.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	return s.backend.read(ctx, func(c conn) error { return fn(&Tx{dialect: s.dialect, conn: c, clock: s.clock, bytewise: s.bytewise}) })
}

// Write runs fn in a transaction and commits it when fn returns nil; when Write returns nil the data is stored.
// On SQLite the commit may hold several callers' writes, each of which succeeds or fails on its own. fn must not wait
// for anything but its statements: others wait for it.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	tx := &Tx{dialect: s.dialect, clock: s.clock, events: s.events, bytewise: s.bytewise}
	err := s.backend.write(ctx, func(c conn) error {
		tx.conn = c
		return fn(tx)
	})
	if err != nil {
		for i := len(tx.rolledBack) - 1; i >= 0; i-- {
			tx.rolledBack[i]()
		}
		return err
	}
	if len(tx.stored) > 0 && s.events.Stored != nil {
		s.events.Stored(tx.stored)
	}
	if tx.emitted && s.events.Emitted != nil {
		s.events.Emitted()
	}
	for _, fn := range tx.committed {
		fn()
	}
	return nil
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.backend.ping(ctx) }

// Dialect is the kind of database.
func (s *Store) Dialect() sqlb.Dialect { return s.dialect }

// Close waits for what is under way and closes the database.
func (s *Store) Close() error { return s.backend.close() }

// Prepare makes the schema in an empty database and our own tables in one that Prefect's server made, and refuses a database at another revision than ours.
func (s *Store) Prepare(ctx context.Context) (created bool, err error) {
	err = s.backend.write(ctx, func(c conn) error {
		created, err = schema.Ensure(ctx, schemaConn{c}, s.dialect)
		return err
	})
	return created, err
}

// Check tells whether the database is at our revision, without writing.
func (s *Store) Check(ctx context.Context) error {
	return s.backend.read(ctx, func(c conn) error { return schema.Check(ctx, schemaConn{c}, s.dialect) })
}

// schemaConn lets package schema run its statements.
type schemaConn struct{ conn }

// Exec implements schema.Conn.
func (c schemaConn) Exec(ctx context.Context, sql string) error {
	_, err := c.exec(ctx, sql, nil)
	return err
}

// Strings implements schema.Conn.
func (c schemaConn) Strings(ctx context.Context, sql string) ([]string, error) {
	var all []string
	err := c.query(ctx, sql, nil, func(r Row) error {
		var s string
		if err := r.Scan(&s); err != nil {
			return err
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

// errStop ends the reading of an answer early, without an error.
var errStop = errors.New("stop")

func (tx *Tx) sql(text string) *sqlb.Builder { return sqlb.New(tx.dialect, text) }

// exec runs a statement at once and tells how many rows it changed.
func (tx *Tx) exec(ctx context.Context, b *sqlb.Builder) (int64, error) {
	n, err := tx.conn.exec(ctx, b.SQL(), b.Args())
	return n, wrap(err, b)
}

// queue runs a statement at the latest with the commit. Use it for writes whose outcome decides nothing.
func (tx *Tx) queue(ctx context.Context, b *sqlb.Builder) error {
	return wrap(tx.conn.queue(ctx, b.SQL(), b.Args()), b)
}

// each calls fn for every row.
func (tx *Tx) each(ctx context.Context, b *sqlb.Builder, fn func(Row) error) error {
	return wrap(tx.conn.query(ctx, b.SQL(), b.Args(), fn), b)
}

// last reads the first row, or gives nil, and lets the commit travel with the statement. The function that was given tx must do
// nothing afterwards but return.
func last[T any](ctx context.Context, tx *Tx, b *sqlb.Builder, scan func(Row, *T) error) (found *T, err error) {
	err = tx.conn.last(ctx, b.SQL(), b.Args(), func(r Row) error {
		found = new(T)
		return scan(r, found)
	})
	return found, wrap(err, b)
}

// int reads one number.
func (tx *Tx) int(ctx context.Context, b *sqlb.Builder) (n int64, err error) {
	err = tx.each(ctx, b, func(r Row) error { return r.Scan(&n) })
	return n, err
}

// all reads every row into a T. The answer is never nil, so that it is [] on the wire.
func all[T any](ctx context.Context, tx *Tx, b *sqlb.Builder, scan func(Row, *T) error) ([]T, error) {
	list := []T{}
	err := tx.each(ctx, b, func(r Row) error {
		list = append(list, *new(T))
		return scan(r, &list[len(list)-1])
	})
	return list, err
}

// one reads the first row, or gives nil.
func one[T any](ctx context.Context, tx *Tx, b *sqlb.Builder, scan func(Row, *T) error) (*T, error) {
	var found *T
	err := tx.each(ctx, b, func(r Row) error {
		if found != nil {
			return nil
		}
		found = new(T)
		return scan(r, found)
	})
	return found, err
}

// value is a scan function for answers of one column.
func value[T any](r Row, dest *T) error { return r.Scan(dest) }

func wrap(err error, b *sqlb.Builder) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w (in: %.200s)", classify(err), b.SQL())
}
