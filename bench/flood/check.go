package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"praetor/bench/rig"
)

// portion is how many ids are counted at once.
const portion = 10_000

// stored looks at the database itself.
type stored struct {
	count func(ctx context.Context, statement string, args ...any) (int64, error)
	id    func(uuid.UUID) any
	close func()
}

func openStored(ctx context.Context, address string) (*stored, error) {
	if file, isSQLite := strings.CutPrefix(address, rig.SQLiteScheme); isSQLite {
		db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(10000)")
		if err != nil {
			return nil, err
		}
		return &stored{
			count: func(ctx context.Context, statement string, args ...any) (n int64, err error) {
				err = db.QueryRowContext(ctx, statement, args...).Scan(&n)
				return n, err
			},
			id:    func(id uuid.UUID) any { return id.String() },
			close: func() { _ = db.Close() }, // it was read only
		}, nil
	}
	db, err := pgx.Connect(ctx, strings.Replace(address, rig.PostgresScheme, "postgres://", 1))
	if err != nil {
		return nil, err
	}
	return &stored{
		count: func(ctx context.Context, statement string, args ...any) (n int64, err error) {
			err = db.QueryRow(ctx, statement, args...).Scan(&n)
			return n, err
		},
		id:    func(id uuid.UUID) any { return id },
		close: func() { _ = db.Close(context.WithoutCancel(ctx)) }, // it was read only
	}, nil
}

// missing counts the events of a socket that are not there, of the first that were confirmed, and tells where they lie.
func (db *stored) missing(ctx context.Context, socket int, confirmed int64, tell func(format string, args ...any)) (lost int64, err error) {
	for from := int64(0); from < confirmed; from += portion {
		until := min(from+portion, confirmed)
		found, err := db.count(ctx, "SELECT count(*) FROM events WHERE id >= $1 AND id <= $2", db.id(eventID(socket, from)), db.id(eventID(socket, until-1)))
		if err != nil {
			return lost, fmt.Errorf("counting events: %w", err)
		}
		if gap := until - from - found; gap != 0 {
			tell("  socket %d: of its events %d to %d, %d are missing\n", socket, from, until-1, gap)
			lost += gap
		}
	}
	return lost, nil
}

// queued counts the events that wait to be held against automations.
func (db *stored) queued(ctx context.Context) (int64, error) {
	return db.count(ctx, "SELECT count(*) FROM praetor_event_queue")
}
