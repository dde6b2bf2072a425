package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"praetor/internal/store/sqlite"
)

// ConstraintError tells that a write was refused by the schema: nothing of its transaction is stored.
type ConstraintError struct {
	// Unique is set when a row of the same key exists, Reference when a row that is named does not exist or is still in use.
	Unique, Reference bool
	Err               error
}

func (e *ConstraintError) Error() string { return e.Err.Error() }
func (e *ConstraintError) Unwrap() error { return e.Err }

// Passing tells whether another attempt may succeed: it finds the row that was in the way, or that another one is gone.
func (e *ConstraintError) Passing() bool { return e.Unique || e.Reference }

// Refused tells that the failure lies in the data.
func (e *ConstraintError) Refused() bool { return true }

// IsUnique tells whether err is a clash with a row of the same key.
func IsUnique(err error) bool {
	var c *ConstraintError
	return errors.As(err, &c) && c.Unique
}

// IsReference tells whether err is a reference to a row that does not exist.
func IsReference(err error) bool {
	var c *ConstraintError
	return errors.As(err, &c) && c.Reference
}

// ValueError tells that a value cannot be stored in this database, such as the character U+0000 in PostgreSQL.
type ValueError struct{ Err error }

func (e *ValueError) Error() string { return fmt.Sprintf("a value cannot be stored: %v", e.Err) }
func (e *ValueError) Unwrap() error { return e.Err }

// Refused tells that the failure lies in the data.
func (e *ValueError) Refused() bool { return true }

// BusyError tells that the database did not take the request in time; asking again later may succeed.
type BusyError struct{ Err error }

func (e *BusyError) Error() string { return "the database is busy: " + e.Err.Error() }
func (e *BusyError) Unwrap() error { return e.Err }

// Passing tells whether another attempt may succeed.
func (e *BusyError) Passing() bool { return true }

// classify puts the drivers' errors into the types above. The codes are SQLite's extended result codes and
// PostgreSQL's SQLSTATEs.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return &ConstraintError{Unique: true, Err: err}
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return &ConstraintError{Reference: true, Err: err}
		}
		switch lite.Code & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
			return &ValueError{err}
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return &BusyError{err}
		}
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "23505":
			return &ConstraintError{Unique: true, Err: err}
		case pg.Code == "23503" || pg.Code == "23001":
			return &ConstraintError{Reference: true, Err: err}
		case pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code == "54000":
			return &ValueError{err}
		case pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "55P03" || pg.Code == "57014" || pg.Code[:2] == "53":
			return &BusyError{err}
		}
	}
	// The driver finds out before the server does, and has no type for it: "... than maximum value for int2".
	if text := err.Error(); strings.Contains(text, "than maximum value for int") || strings.Contains(text, "than minimum value for int") {
		return &ValueError{err}
	}
	return err
}
