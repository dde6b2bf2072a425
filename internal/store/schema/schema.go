// Package schema makes and checks the database schema, which is Prefect's own: a database made here is opened by Prefect's
// server and the other way round. The statements are in sqlite.sql and postgres.sql; the tests compare what they make
// with a description recorded from a database that the reference made.
package schema

import (
	"context"
	_ "embed" // for the statements
	"errors"
	"fmt"
	"slices"
	"strings"

	"praetor/internal/store/sqlb"
)

//go:embed sqlite.sql
var sqliteStatements string

//go:embed postgres.sql
var postgresStatements string

// Head is the Alembic revision that the schema has: the reference's newest, which differs by database.
func Head(d sqlb.Dialect) string {
	if d == sqlb.SQLite {
		return "a3b9c7d2e5f1"
	}
	return "d4a7e1c93f52"
}

// Conn runs statements in a transaction of the caller's.
type Conn interface {
	// Exec runs one or several statements.
	Exec(ctx context.Context, sql string) error
	// Strings gives the first column of every row as text.
	Strings(ctx context.Context, sql string) ([]string, error)
}

// RevisionError tells that the database is not at our revision. Nothing was written.
type RevisionError struct {
	// Found is the revision that the database names, or empty when it has tables and names none.
	Found    string
	Expected string
}

func (e *RevisionError) Error() string {
	if e.Found == "" {
		return "the database has tables but no Alembic revision: it is not Prefect's. Choose another database, or an empty one"
	}
	return fmt.Sprintf("the database is at revision %s and this release works with %s only. If it is older, upgrade it first with "+
		"`prefect server database upgrade` of Prefect 3.8.8; if it is newer, use a newer release of Praetor", e.Found, e.Expected)
}

// EmptyError tells that the database has no tables yet.
type EmptyError struct{}

func (*EmptyError) Error() string {
	return "the database is empty: `praetor server database upgrade` makes the schema"
}

// MissingError tells that the database is at our revision and lacks tables of our own: Prefect's server made it.
type MissingError struct{ Tables []string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("the database has no %s: `praetor server database upgrade` makes what is missing", strings.Join(e.Tables, ", "))
}

// Ensure makes the schema in an empty database, and in one at our revision the tables of our own that are missing; any
// other is a *RevisionError. Servers that start together on one empty database are safe: the second waits and finds the schema made.
func Ensure(ctx context.Context, c Conn, d sqlb.Dialect) (created bool, err error) {
	if d == sqlb.Postgres {
		// The number is arbitrary; it only has to be the same in every server.
		if err := c.Exec(ctx, "SELECT pg_advisory_xact_lock(7023113871)"); err != nil {
			return false, err
		}
	}
	err = checkRevision(ctx, c, d)
	var empty *EmptyError
	if created = errors.As(err, &empty); created {
		err = create(ctx, c, d)
	}
	if err != nil {
		return false, err
	}
	return created, ensureOwn(ctx, c, d)
}

// create makes Prefect's tables in an empty database.
func create(ctx context.Context, c Conn, d sqlb.Dialect) error {
	if err := c.Exec(ctx, statements(d)); err != nil {
		return fmt.Errorf("making the schema: %w", err)
	}
	if err := c.Exec(ctx, "INSERT INTO alembic_version (version_num) VALUES ('"+Head(d)+"')"); err != nil {
		return fmt.Errorf("noting the revision: %w", err)
	}
	return nil
}

// Check tells whether the database is at our revision: nil, *EmptyError, *RevisionError or *MissingError, or what went
// wrong. It never writes.
func Check(ctx context.Context, c Conn, d sqlb.Dialect) error {
	if err := checkRevision(ctx, c, d); err != nil {
		return err
	}
	missing, err := missingOwn(ctx, c, d)
	if err == nil && len(missing) > 0 {
		err = &MissingError{missing}
	}
	return err
}

// checkRevision looks at what is Prefect's.
func checkRevision(ctx context.Context, c Conn, d sqlb.Dialect) error {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'praetor_%'"
	if d == sqlb.Postgres {
		list = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'praetor\\_%'"
	}
	tables, err := c.Strings(ctx, list)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return &EmptyError{}
	}
	if !slices.Contains(tables, "alembic_version") {
		return &RevisionError{Expected: Head(d)}
	}
	revisions, err := c.Strings(ctx, "SELECT version_num FROM alembic_version")
	if err != nil {
		return err
	}
	if len(revisions) != 1 || revisions[0] != Head(d) {
		return &RevisionError{Found: strings.Join(revisions, ", "), Expected: Head(d)}
	}
	return nil
}

// The columns with which nearly every table begins, and the defaults inside them.
const (
	sqliteNow  = "DEFAULT (strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
	sqliteUUID = "DEFAULT ((lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))),2) || '-' || " +
		"substr('89ab',abs(random()) % 4 + 1, 1) || substr(lower(hex(randomblob(2))),2) || '-' || lower(hex(randomblob(6)))))"
	sqliteIdentity = "id CHAR(36) " + sqliteUUID + " NOT NULL,\n  created DATETIME " + sqliteNow + " NOT NULL,\n  updated DATETIME " + sqliteNow + " NOT NULL"

	postgresIdentity = "id uuid DEFAULT gen_random_uuid() NOT NULL,\n  created timestamptz DEFAULT CURRENT_TIMESTAMP NOT NULL,\n  updated timestamptz DEFAULT CURRENT_TIMESTAMP NOT NULL"
)

func statements(d sqlb.Dialect) string {
	if d == sqlb.SQLite {
		return strings.NewReplacer("{{identity}}", sqliteIdentity, "{{now}}", sqliteNow).Replace(sqliteStatements)
	}
	return strings.ReplaceAll(postgresStatements, "{{identity}}", postgresIdentity)
}
