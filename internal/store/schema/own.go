package schema

import (
	"context"
	_ "embed" // for the statements
	"fmt"

	"praetor/internal/store/sqlb"
)

// The tables that Prefect's server does not know. They are made in every database that is opened for writing, whoever
// made the rest, and their names begin with praetor_ so that no later revision of Prefect's can meet them. Each statement
// leaves alone what is there.

//go:embed own_sqlite.sql
var ownSQLite string

//go:embed own_postgres.sql
var ownPostgres string

// ownTables names the tables of own_sqlite.sql and own_postgres.sql.
func ownTables() []string {
	return []string{
		"praetor_event_outbox",        // events of the server's own that are not among the others yet
		"praetor_event_queue",         // events that automations have not been held against yet
		"praetor_leases",              // who has slots of concurrency limits, and until when
		"praetor_triggered_actions",   // actions that are to be taken
		"praetor_task_run_deliveries", // background task runs that wait for a task worker, or are on their way to one
		"praetor_cleanup_messages",    // infrastructure that workers are to take down
		"praetor_task_workers",        // connections of task workers
	}
}

// ensureOwn makes those of our own tables that are missing. It runs no statement that needs the right to make tables when
// none is.
func ensureOwn(ctx context.Context, c Conn, d sqlb.Dialect) error {
	missing, err := missingOwn(ctx, c, d)
	if err != nil || len(missing) == 0 {
		return err
	}
	text := ownPostgres
	if d == sqlb.SQLite {
		text = ownSQLite
	}
	if err := c.Exec(ctx, text); err != nil {
		return fmt.Errorf("making our own tables: %w", err)
	}
	return nil
}

// missingOwn gives those of our own tables that the database does not have.
func missingOwn(ctx context.Context, c Conn, d sqlb.Dialect) ([]string, error) {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'praetor_%'"
	if d == sqlb.Postgres {
		list = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'praetor\\_%'"
	}
	names, err := c.Strings(ctx, list)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	var missing []string
	for _, name := range ownTables() {
		if !there[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}
