// Package sqlb writes SQL for the two databases. It knows where their dialects differ and nothing of the domain.
package sqlb

// Dialect is the kind of database.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota + 1
	Postgres
)

// String names the dialect as a database URL does.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgresql"
	}
	return "unknown"
}
