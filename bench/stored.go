package main

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"praetor/bench/rig"
)

// countEvents opens the database that the server works on, beside it, and gives a function that counts the stored events of a name.
// It looks at the rows themselves, which costs neither server a request.
func (s *server) countEvents(ctx context.Context, name string) (count func(context.Context) (int, error), done func(), err error) {
	const statement = "SELECT count(*) FROM events WHERE event = $1"
	if file, isSQLite := strings.CutPrefix(s.URL, rig.SQLiteScheme); isSQLite {
		db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(10000)")
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context) (n int, err error) {
			err = db.QueryRowContext(ctx, statement, name).Scan(&n)
			return n, err
		}, func() { _ = db.Close() }, nil // it was read only
	}
	db, err := pgx.Connect(ctx, strings.Replace(s.URL, rig.PostgresScheme, "postgres://", 1))
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context) (n int, err error) {
		err = db.QueryRow(ctx, statement, name).Scan(&n)
		return n, err
	}, func() { _ = db.Close(context.WithoutCancel(ctx)) }, nil // it was read only
}
