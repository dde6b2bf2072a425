package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// PostgresOptions say how to reach a PostgreSQL server.
type PostgresOptions struct {
	// URL is a libpq connection URL or keyword string.
	URL string
	// MaxConns bounds the pool; 0 means 15, the reference's pool size plus its overflow.
	MaxConns int32
	// StatementTimeout cancels statements that run longer; 0 means never.
	StatementTimeout time.Duration
	// Clock tells the time; required.
	Clock func() time.Time
	// NoStatementCache turns prepared statements off, for poolers that cannot keep them.
	NoStatementCache bool
}

// OpenPostgres connects to a PostgreSQL server.
func OpenPostgres(ctx context.Context, o PostgresOptions) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the database URL is not understood: %w", err)
	}
	cfg.MaxConns = 15
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	if o.StatementTimeout > 0 {
		cfg.ConnConfig.RuntimeParams["statement_timeout"] = fmt.Sprint(o.StatementTimeout.Milliseconds())
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if o.NoStatementCache {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		registerTypes(c.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("the PostgreSQL server cannot be reached: %w", err)
	}
	bytewise, err := ordersBytewise(ctx, pool)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("the PostgreSQL database does not tell how it orders texts: %w", err)
	}
	return &Store{dialect: sqlb.Postgres, backend: &postgresDriver{pool}, clock: o.Clock, bytewise: bytewise}, nil
}

// ordersBytewise tells whether the database orders texts by their bytes, which never changes. Where a language orders them, those with a
// prefix need not lie together. Servers before 15 have the C library's orders only; those from 17 on have one of their own, "b", which
// goes by the code points.
func ordersBytewise(ctx context.Context, pool *pgxpool.Pool) (bytewise bool, err error) {
	err = pool.QueryRow(ctx, `SELECT CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'b' THEN TRUE
		WHEN 'c' THEN upper(datcollate) IN ('C', 'POSIX', 'C.UTF-8', 'C.UTF8') ELSE FALSE END
		FROM pg_database d WHERE datname = current_database()`).Scan(&bytewise)
	return bytewise, err
}

type postgresDriver struct{ pool *pgxpool.Pool }

func (d *postgresDriver) read(ctx context.Context, fn func(conn) error) error {
	return d.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return fn(&postgresConn{c: c.Conn()}) })
}

func (d *postgresDriver) write(ctx context.Context, fn func(conn) error) error {
	return d.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) (err error) {
		pc := &postgresConn{c: c.Conn()}
		pc.pending.Queue("begin") // travels with the first statement
		pc.pendingCount = 1
		defer func() {
			if p := recover(); p != nil {
				pc.rollback()
				panic(p)
			}
		}()
		if err := fn(pc); err != nil {
			pc.rollback()
			return err
		}
		if pc.committed || !pc.begun && pc.pendingCount == 1 {
			return nil // with its last statement, or fn ran none
		}
		pc.pending.Queue("commit")
		pc.pendingCount++
		if err := pc.flush(ctx); err != nil {
			pc.rollback()
			return classify(err)
		}
		return nil
	})
}

func (d *postgresDriver) ping(ctx context.Context) error { return d.pool.Ping(ctx) }

func (d *postgresDriver) close() error { d.pool.Close(); return nil }

// postgresConn sends what was queued together with the next statement, so that "begin", writes and "commit" cost no
// round trips of their own.
type postgresConn struct {
	c            *pgx.Conn
	pending      pgx.Batch
	pendingCount int
	begun        bool
	committed    bool // with the last statement
}

// rollback ends the transaction; the pool throws a connection away that it cannot be sent on.
func (p *postgresConn) rollback() {
	p.pending, p.pendingCount = pgx.Batch{}, 0
	if !p.begun || p.c.IsClosed() {
		return
	}
	// The request's context may be over, and the connection must still be cleaned before others use it.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := p.c.Exec(ctx, "rollback"); err != nil {
		_ = p.c.Close(ctx)
	}
}

// send sends the queued statements and reads their results; the caller reads the rest of the batch.
func (p *postgresConn) send(ctx context.Context) (pgx.BatchResults, error) {
	if p.pendingCount > 0 {
		p.begun = true
	}
	n := p.pendingCount
	batch := p.pending
	p.pending, p.pendingCount = pgx.Batch{}, 0
	results := p.c.SendBatch(ctx, &batch)
	for range n {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // repeats the error
			return nil, err
		}
	}
	return results, nil
}

func (p *postgresConn) flush(ctx context.Context) error {
	if p.pendingCount == 0 {
		return nil
	}
	results, err := p.send(ctx)
	if err != nil {
		return err
	}
	return results.Close()
}

func (p *postgresConn) query(ctx context.Context, sql string, args []any, each func(Row) error) error {
	converted, err := postgresArgs(args)
	if err != nil {
		return err
	}
	if p.pendingCount == 0 {
		rows, err := p.c.Query(ctx, sql, converted...)
		if err != nil {
			return err
		}
		return scanAll(rows, each)
	}
	n := p.pendingCount
	p.pending.Queue(sql, converted...)
	p.pendingCount = n
	results, err := p.send(ctx)
	if err != nil {
		return err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // repeats the error
		return err
	}
	if err := scanAll(rows, each); err != nil {
		_ = results.Close() // repeats the error
		return err
	}
	return results.Close()
}

// last sends the commit behind the statement: when that fails, the server passes over the commit.
func (p *postgresConn) last(ctx context.Context, sql string, args []any, each func(Row) error) error {
	if p.pendingCount == 0 {
		return p.query(ctx, sql, args, each)
	}
	converted, err := postgresArgs(args)
	if err != nil {
		return err
	}
	n := p.pendingCount
	p.pending.Queue(sql, converted...)
	p.pending.Queue("commit")
	p.pendingCount = n
	results, err := p.send(ctx)
	if err != nil {
		return err
	}
	rows, err := results.Query()
	if err == nil {
		err = scanAll(rows, each)
	}
	if err == nil {
		_, err = results.Exec()
		p.committed = err == nil
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return err
}

func scanAll(rows pgx.Rows, each func(Row) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return rows.Err()
}

func (p *postgresConn) exec(ctx context.Context, sql string, args []any) (int64, error) {
	converted, err := postgresArgs(args)
	if err != nil {
		return 0, err
	}
	if p.pendingCount == 0 {
		tag, err := p.c.Exec(ctx, sql, converted...)
		return tag.RowsAffected(), err
	}
	n := p.pendingCount
	p.pending.Queue(sql, converted...)
	p.pendingCount = n
	results, err := p.send(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return tag.RowsAffected(), err
}

func (p *postgresConn) queue(ctx context.Context, sql string, args []any) error {
	converted, err := postgresArgs(args)
	if err != nil {
		return err
	}
	p.pending.Queue(sql, converted...)
	p.pendingCount++
	if p.pendingCount >= 256 { // bounds the memory of a long transaction
		return p.flush(ctx)
	}
	return nil
}

// postgresArgs turns domain values into what pgx encodes in binary, or as the text of a JSON document.
func postgresArgs(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case prefect.Seconds:
			out[i] = v.Duration()
		case jsontext.Value:
			out[i] = rawText(v)
		case prefect.Object:
			out[i] = objectText(v)
		case JSON:
			text, err := v.text()
			if err != nil {
				return nil, err
			}
			out[i] = text
		case JSONText:
			text, err := v.text()
			if err != nil {
				return nil, err
			}
			out[i] = text
		case sqlb.List:
			out[i] = textList(v.Values)
		case sqlb.JSONList:
			text, err := json.Marshal(v.Values)
			if err != nil {
				return nil, err
			}
			out[i] = string(text)
		case nil, string, int64, bool, uuid.UUID, *uuid.UUID, *string, *int64, prefect.Time, *prefect.Time, *columnArray:
			out[i] = a
		default:
			out[i] = plain(a)
		}
	}
	return out, nil
}

// plain turns named strings and pointers to them into strings, which pgx can send for a column of any type.
func plain(a any) any {
	rv := reflect.ValueOf(a)
	if rv.Kind() == reflect.Pointer && rv.Type().Elem().Kind() == reflect.String {
		if rv.IsNil() {
			return nil
		}
		rv = rv.Elem()
	}
	if rv.Kind() == reflect.String {
		return rv.String()
	}
	return a
}

// textList gives []string for slices of named strings, which pgx would not know.
func textList(values any) any {
	rv := reflect.ValueOf(values)
	if rv.Kind() != reflect.Slice || rv.Type().Elem().Kind() != reflect.String {
		return values
	}
	out := make([]string, rv.Len())
	for i := range out {
		out[i] = rv.Index(i).String()
	}
	return out
}
