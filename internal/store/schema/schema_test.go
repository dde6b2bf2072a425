package schema_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"praetor/internal/store/schema"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/storetest"
)

// conn is a transaction as package schema wants it.
type conn struct{ tx *sql.Tx }

func (c conn) Exec(ctx context.Context, text string) error {
	_, err := c.tx.ExecContext(ctx, text)
	return err
}

func (c conn) Strings(ctx context.Context, text string) ([]string, error) {
	rows, err := c.tx.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err tells
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// each runs a test on an empty database of both kinds.
func each(t *testing.T, test func(t *testing.T, c conn, d sqlb.Dialect)) {
	open := func(t *testing.T, driver, name string) conn {
		db, err := sql.Open(driver, name)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		// The test's own context ends before its clean-up, and the rollback with it.
		tx, err := db.BeginTx(context.Background(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, tx.Rollback()) })
		return conn{tx}
	}
	t.Run("sqlite", func(t *testing.T) {
		test(t, open(t, "sqlite", filepath.Join(t.TempDir(), "test.db")), sqlb.SQLite)
	})
	t.Run("postgresql", func(t *testing.T) {
		test(t, open(t, "pgx", storetest.PostgresURL(t)), sqlb.Postgres)
	})
}

func read(t *testing.T, name string) string {
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(b)
}

// TestSchemaEqualsReference fails on any difference between the schema made here and the one that the reference makes.
func TestSchemaEqualsReference(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		created, err := schema.Ensure(t.Context(), c, d)
		require.NoError(t, err)
		require.True(t, created)
		name := map[sqlb.Dialect]string{sqlb.SQLite: "sqlite", sqlb.Postgres: "postgres"}[d]
		ours, err := c.Strings(t.Context(), read(t, name+"_describe.sql"))
		require.NoError(t, err)
		theirs := strings.Split(strings.TrimSpace(read(t, name+".txt")), "\n")
		ours = slices.DeleteFunc(ours, func(line string) bool {
			return slices.ContainsFunc(ownTable.FindAllString(line, -1), func(table string) bool { return ownTables[table] != "" })
		})
		for _, lines := range [][]string{ours, theirs} {
			for i := range lines {
				lines[i] = normal(lines[i])
			}
			slices.Sort(lines)
		}
		require.Equal(t, strings.Join(theirs, "\n"), strings.Join(ours, "\n"))
	})
}

// ownTable finds the table of ours that a line of a description is about.
var ownTable = regexp.MustCompile(`praetor_\w+`)

// ownTables are the only tables that Prefect's server does not have, each with its reason.
var ownTables = map[string]string{
	"praetor_triggered_actions": "actions wait there, from the commit that evaluated what triggered them, to be taken; Prefect's server keeps them in its message broker",
	"praetor_event_outbox": "an event of the server's own lies there from the commit of what it tells of until it is stored among the others, with " +
		"many at once: one by one, in the requests' transactions, their dozens of index entries would halve the server's speed",
	"praetor_event_queue": "events wait there, from the commit that stores them, for automations to be held against them once; Prefect's " +
		"server hands events to its triggers by a broker, which loses them with the process",
	"praetor_task_run_deliveries": "background task runs wait there for a task worker of any server, from the commit that schedules them until one has begun them; " +
		"Prefect's server keeps them in its memory",
	"praetor_cleanup_messages": "what workers are asked to take down waits there for one that is connected to any server; Prefect's server keeps it in its memory",
	"praetor_task_workers":     "so that every server of the database knows all connected task workers; Prefect's server knows its own, in its memory",
	"praetor_leases": "leases of concurrency slots, so that they change in one transaction with the counters of the limits, outlive the " +
		"process and are seen by all servers of the database; Prefect's server keeps them outside of the database",
}

func TestOwnTablesOfADatabaseThatPrefectMade(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		_, err := schema.Ensure(t.Context(), c, d)
		require.NoError(t, err)
		for table := range ownTables {
			require.NoError(t, c.Exec(t.Context(), "DROP TABLE "+table))
		}
		var missing *schema.MissingError
		require.ErrorAs(t, schema.Check(t.Context(), c, d), &missing)
		require.Len(t, missing.Tables, len(ownTables))
		created, err := schema.Ensure(t.Context(), c, d)
		require.NoError(t, err)
		require.False(t, created)
		require.NoError(t, schema.Check(t.Context(), c, d))
	})
}

var (
	spaces = regexp.MustCompile(`\s+`)
	// SQLite keeps a definition's text as it was written: quotes around plain names, the case of keywords, and white space
	// mean nothing.
	quotes = strings.NewReplacer(`"`, "", "( ", "(", " )", ")", " ,", ",", ", ", ",", "IF NOT EXISTS ", "")
	// A generated id's default has one pair of parentheses or two, whichever migration made the table.
	doubled = regexp.MustCompile(`DEFAULT \( ?\( ?lower\((.*?)\) ?\) ?\)(?: NOT NULL)`)
	keyword = regexp.MustCompile(`(?i)\b(cascade|on|nocase)\b`)
)

func normal(line string) string {
	line = spaces.ReplaceAllString(line, " ")
	line = doubled.ReplaceAllString(line, "DEFAULT (lower(${1})) NOT NULL")
	if strings.HasPrefix(line, "definition ") || strings.Contains(line, "randomblob") {
		for range 4 {
			line = quotes.Replace(line)
		}
		line = sorted(keyword.ReplaceAllStringFunc(line, strings.ToUpper))
	}
	return line
}

// sorted orders the parts of a table's definition: the reference writes constraints in an order that changes from run
// to run. The columns' order is compared by their positions.
func sorted(definition string) string {
	head, body, isTable := strings.Cut(definition, "CREATE TABLE ")
	if !isTable {
		return definition
	}
	name, body, _ := strings.Cut(body, "(")
	var parts []string
	depth, start := 0, 0
	for i, c := range body {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, body[start:i])
			start = i + 1
		}
	}
	parts = append(parts, strings.TrimSuffix(body[start:], ")"))
	slices.Sort(parts)
	return head + name + strings.Join(parts, "\n  ")
}

func TestEnsureLeavesOwnRevisionAlone(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		_, err := schema.Ensure(t.Context(), c, d)
		require.NoError(t, err)
		created, err := schema.Ensure(t.Context(), c, d)
		require.NoError(t, err)
		require.False(t, created)
		require.NoError(t, schema.Check(t.Context(), c, d))
	})
}

func TestUnknownRevisionIsRefused(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		require.NoError(t, c.Exec(t.Context(), "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
		require.NoError(t, c.Exec(t.Context(), "INSERT INTO alembic_version VALUES ('0123456789ab')"))
		_, err := schema.Ensure(t.Context(), c, d)
		var revision *schema.RevisionError
		require.ErrorAs(t, err, &revision)
		require.Equal(t, "0123456789ab", revision.Found)
		require.ErrorContains(t, err, "0123456789ab")
		require.ErrorContains(t, err, "prefect server database upgrade")
	})
}

func TestForeignTablesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		require.NoError(t, c.Exec(t.Context(), "CREATE TABLE invoice (id INTEGER)"))
		_, err := schema.Ensure(t.Context(), c, d)
		var revision *schema.RevisionError
		require.ErrorAs(t, err, &revision)
		require.Empty(t, revision.Found)
	})
}

func TestCheckOfEmptyDatabase(t *testing.T) {
	each(t, func(t *testing.T, c conn, d sqlb.Dialect) {
		var empty *schema.EmptyError
		require.ErrorAs(t, schema.Check(t.Context(), c, d), &empty)
	})
}
