package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"praetor/internal/store/schema"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/sqlite"
)

// SQLiteOptions say which file to open and how.
type SQLiteOptions struct {
	// Path is the database's file, or ":memory:" for a database that ends with the process.
	Path string
	// Readers is the number of connections that read; 0 means 4. Each keeps a page cache of up to 1 MB.
	Readers int
	// BusyTimeout is how long to wait for a lock that another process holds; 0 means 60 s, the reference's.
	BusyTimeout time.Duration
	// Clock tells the time; required.
	Clock func() time.Time
}

const (
	// maxGroup and maxGroupTime bound what one commit gathers, so that nobody waits long for the others.
	maxGroup     = 256
	maxGroupTime = 20 * time.Millisecond
	// busyStep is how long the writer waits for a lock at a time.
	busyStep = 500 * time.Millisecond
	// pageCache is how much of the database a reader keeps in memory, in KiB; the system's own cache is behind it. The writer keeps
	// more, so that what a group of transactions changes need not be written before its commit.
	pageCache   = 1000
	writerCache = 3000
	// maxStatements bounds the prepared statements that a connection keeps.
	maxStatements = 512
)

// OpenSQLite opens the database and makes sure that no other Praetor server has it open. One that is another program's, or
// at another revision than ours, is a *schema.RevisionError, and no byte of it has changed.
func OpenSQLite(ctx context.Context, o SQLiteOptions) (*Store, error) {
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 60 * time.Second
	}
	memory := o.Path == ":memory:"
	var lock io.Closer
	name := "file:" + (&url.URL{Path: o.Path}).EscapedPath()
	if memory {
		// One connection serves all: a database in memory belongs to its connection.
		o.Readers, name = 0, "file::memory:"
	} else {
		if abs, err := filepath.Abs(o.Path); err == nil {
			name = "file:" + (&url.URL{Path: abs}).EscapedPath()
		}
		if err := inspectSQLite(ctx, o.Path, name); err != nil {
			return nil, err
		}
		var err error
		if lock, err = lockFile(o.Path + ".praetor-lock"); err != nil {
			return nil, fmt.Errorf("the database %s is in use by another Praetor server; PostgreSQL can be shared: %w", o.Path, err)
		}
	}
	// The first pragmas are the reference's; both servers may open the file, one after the other or together. The others are a
	// connection's own affair: what savepoints and sorts put aside stays in memory, and the log grows to 16 MB before its pages are
	// copied to the file, most of which have by then been written several times.
	pragmas := fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = 1; "+
		"PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;", o.BusyTimeout.Milliseconds(), pageCache)
	d := &sqliteDriver{lock: lock, clock: o.Clock, patience: o.BusyTimeout, jobs: make(chan *writeJob), stop: make(chan struct{}), done: make(chan struct{})}
	var err error
	if d.writer, err = openSQLiteConn(name, pragmas+fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA cache_size = -%d", busyStep.Milliseconds(), writerCache)); err != nil {
		return nil, errors.Join(err, d.release())
	}
	d.writer.deaf = true
	d.readers = make(chan *sqliteConn, max(o.Readers, 1))
	for range o.Readers {
		c, err := openSQLiteConn(name, pragmas+"PRAGMA query_only = 1")
		if err != nil {
			return nil, errors.Join(err, d.release())
		}
		d.readers <- c
	}
	d.shared = memory
	go d.writeLoop()
	return &Store{dialect: sqlb.SQLite, backend: d, clock: o.Clock, bytewise: true}, nil
}

// inspectSQLite looks at a file, if there is one, before anything is done that changes it: even the choice of the journal does.
func inspectSQLite(ctx context.Context, path, name string) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
		return nil // it will be made
	case err != nil:
		return err
	}
	c, err := openSQLiteConn(name+"?mode=ro", "PRAGMA busy_timeout = 5000")
	if err != nil {
		return err
	}
	err = schema.Check(ctx, schemaConn{c}, sqlb.SQLite)
	var empty *schema.EmptyError
	var missing *schema.MissingError
	if errors.As(err, &empty) || errors.As(err, &missing) {
		err = nil // what is missing will be made
	}
	if err = errors.Join(err, c.close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// sqliteDriver has many readers and one writer: SQLite allows no more, and queueing for it in the process costs less
// than finding the file locked.
type sqliteDriver struct {
	readers chan *sqliteConn
	writer  *sqliteConn
	shared  bool // reads use the writer too
	jobs    chan *writeJob
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
	lock    io.Closer
	clock   func() time.Time
	// patience is how long the writer waits for a lock that another process holds.
	patience time.Duration
}

// errClosed is the answer after Close.
var errClosed = errors.New("the database is closed")

type writeJob struct {
	ctx   context.Context
	fn    func(conn) error
	reply chan error
}

func (d *sqliteDriver) read(ctx context.Context, fn func(conn) error) error {
	if d.shared {
		return d.write(ctx, fn)
	}
	select {
	case c := <-d.readers:
		defer func() { d.readers <- c }()
		return fn(c)
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stop:
		return errClosed
	}
}

func (d *sqliteDriver) write(ctx context.Context, fn func(conn) error) error {
	job := &writeJob{ctx: ctx, fn: fn, reply: make(chan error, 1)}
	select {
	case d.jobs <- job:
		// From here on the job is carried out: only its own answer tells whether it is stored.
		return <-job.reply
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stop:
		return errClosed
	}
}

func (d *sqliteDriver) ping(ctx context.Context) error {
	return d.read(ctx, func(c conn) error {
		return c.query(ctx, "SELECT 1", nil, func(Row) error { return nil })
	})
}

// writeLoop is the one writer. It commits what is waiting as a group.
func (d *sqliteDriver) writeLoop() {
	defer close(d.done)
	for {
		select {
		case job := <-d.jobs:
			d.writeGroup(job)
		case <-d.stop:
			return
		}
	}
}

// writeGroup carries out the job and those that wait behind it. The first needs no savepoint: when it fails, nothing else is lost.
func (d *sqliteDriver) writeGroup(first *writeJob) {
	// The group's own statements must not end with one caller's patience.
	ctx := context.Background()
	if err := d.begin(first.ctx); err != nil {
		first.reply <- err
		return
	}
	started := d.clock()
	if err := first.run(d.writer); err != nil {
		first.reply <- errors.Join(err, d.writer.control(ctx, "ROLLBACK"))
		return
	}
	carried := []*writeJob{first}
	for job := d.next(len(carried), started); job != nil; job = d.next(len(carried), started) {
		err := d.runJob(ctx, job)
		if err == nil {
			carried = append(carried, job)
			continue
		}
		job.reply <- err
		if errors.Is(err, errBroken) {
			break // nothing more can be done in this transaction
		}
	}
	err := d.writer.control(ctx, "COMMIT")
	if err != nil {
		err = errors.Join(err, d.writer.control(ctx, "ROLLBACK"))
	}
	for _, job := range carried {
		job.reply <- classify(err)
	}
}

// begin waits for the file, which another process may hold, in short steps: SQLite itself looks at no context.
func (d *sqliteDriver) begin(ctx context.Context) error {
	for waited := time.Duration(0); ; waited += busyStep {
		err := classify(d.writer.control(ctx, "BEGIN IMMEDIATE"))
		if err == nil {
			return nil
		}
		var busy *BusyError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.As(err, &busy) || waited >= d.patience:
			return err
		}
	}
}

// next gives a job that waits already, within the group's bounds.
func (d *sqliteDriver) next(carried int, started time.Time) *writeJob {
	if carried >= maxGroup || d.clock().Sub(started) > maxGroupTime {
		return nil
	}
	select {
	case job := <-d.jobs:
		return job
	default:
		return nil
	}
}

// errBroken marks a failure after which the transaction cannot go on.
var errBroken = errors.New("the transaction cannot go on")

// runJob carries a job out behind others, which its failure must leave alone.
func (d *sqliteDriver) runJob(ctx context.Context, job *writeJob) error {
	if err := d.writer.control(ctx, "SAVEPOINT job"); err != nil {
		return errors.Join(errBroken, err)
	}
	err := job.run(d.writer)
	if err != nil {
		if rollbackErr := d.writer.control(ctx, "ROLLBACK TO job"); rollbackErr != nil {
			return errors.Join(errBroken, err, rollbackErr)
		}
	}
	if releaseErr := d.writer.control(ctx, "RELEASE job"); releaseErr != nil {
		return errors.Join(errBroken, err, releaseErr)
	}
	return err
}

// run calls the job's function, unless nobody waits for it any more.
func (j *writeJob) run(c conn) (err error) {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return j.fn(c)
}

func (d *sqliteDriver) close() error {
	var err error
	d.once.Do(func() {
		close(d.stop)
		<-d.done
		for range cap(d.readers) {
			if d.shared {
				break
			}
			err = errors.Join(err, (<-d.readers).close())
		}
		err = errors.Join(err, d.writer.close(), d.release())
	})
	return err
}

func (d *sqliteDriver) release() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

// sqliteConn is one connection with its prepared statements. One goroutine uses it at a time.
type sqliteConn struct {
	c          *sqlite.Conn
	statements map[string]*sqliteStmt
	args       sqlite.Args
	// deaf connections finish each statement: interrupting one would roll the whole group of writes back.
	deaf bool
}

type sqliteStmt struct {
	*sqlite.Stmt
	used bool
}

func openSQLiteConn(name, pragmas string) (*sqliteConn, error) {
	c, err := sqlite.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the SQLite database cannot be opened: %w", classify(err))
	}
	if err := c.Run(pragmas); err != nil {
		return nil, errors.Join(fmt.Errorf("the SQLite database cannot be opened: %w", classify(err)), c.Close())
	}
	return &sqliteConn{c: c, statements: map[string]*sqliteStmt{}}, nil
}

func (s *sqliteConn) close() error {
	s.forget()
	return s.c.Close()
}

// forget closes the statements that are not in use.
func (s *sqliteConn) forget() {
	for text, stmt := range s.statements {
		if !stmt.used {
			stmt.Close()
			delete(s.statements, text)
		}
	}
}

// begin prepares the statement's next use. The caller ends it.
func (s *sqliteConn) begin(sql string, args []any) (*sqliteStmt, error) {
	stmt, ok := s.statements[sql]
	switch {
	case !ok:
		if len(s.statements) >= maxStatements {
			s.forget() // simple, and rare: the shapes of statements are few
		}
		prepared, err := s.c.Prepare(sql)
		if err != nil {
			return nil, err
		}
		stmt = &sqliteStmt{Stmt: prepared}
		s.statements[sql] = stmt
	case stmt.used:
		return nil, errors.New("a statement is used while its own rows are read")
	}
	s.args.Clear()
	for _, a := range args {
		if err := sqliteArg(&s.args, a); err != nil {
			return nil, err
		}
	}
	if err := stmt.Bind(&s.args); err != nil {
		stmt.Reset()
		return nil, err
	}
	stmt.used = true
	return stmt, nil
}

func (s *sqliteStmt) end() {
	s.used = false
	s.Reset()
}

func (s *sqliteConn) query(ctx context.Context, sql string, args []any, each func(Row) error) error {
	if !s.deaf {
		if err := ctx.Err(); err != nil {
			return err
		}
		forget := s.c.Watch(ctx)
		defer forget()
	}
	stmt, err := s.begin(sql, args)
	if err != nil {
		return err
	}
	defer stmt.end()
	row := sqliteRow{stmt.Stmt}
	for {
		more, err := stmt.Step()
		switch {
		case err != nil && !s.deaf && ctx.Err() != nil:
			return ctx.Err() // that is why
		case err != nil || !more:
			return err
		}
		if err := each(row); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
}

func (s *sqliteConn) last(ctx context.Context, sql string, args []any, each func(Row) error) error {
	return s.query(ctx, sql, args, each)
}

func (s *sqliteConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	if len(args) == 0 { // DDL scripts
		err := s.c.Run(sql)
		return s.c.Changes(), err
	}
	if err := s.query(ctx, sql, args, func(Row) error { return nil }); err != nil {
		return 0, err
	}
	return s.c.Changes(), nil
}

// control runs one of the few statements that begin and end transactions.
func (s *sqliteConn) control(ctx context.Context, sql string) error {
	return s.query(ctx, sql, nil, func(Row) error { return nil })
}

func (s *sqliteConn) queue(ctx context.Context, sql string, args []any) error {
	_, err := s.exec(ctx, sql, args)
	return err
}
