package corpus_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"praetor/test/corpus"
)

// storedTables are the tables that TestStoredRows reads, with what their rows are put in order by.
var storedTables = []struct{ name, order string }{
	{"flow", "name"}, {"flow_run", "name"}, {"flow_run_state", "timestamp"}, {"task_run", "name"}, {"task_run_state", "timestamp"},
	{"task_run_state_cache", "cache_key"}, {"log", "timestamp"}, {"artifact", "created"}, {"artifact_collection", "key"},
	{"variable", "name"}, {"flow_run_input", "key"},
}

// TestStoredRows compares what is stored for testdata/stored/requests.json with what the reference stores for it, column by
// column and byte by byte. The reference's rows lie beside the requests. To record them, start the reference on an empty
// database and set PRAETOR_CORPUS_URL, PRAETOR_CORPUS_DIALECT and, to the file or the URL of that database,
// PRAETOR_CORPUS_DATABASE.
func TestStoredRows(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			s := startServer(t, dialect, &corpus.File{})
			sendRequests(t, s)
			file := filepath.Join("testdata", "stored", dialect+".json")
			if source := os.Getenv("PRAETOR_CORPUS_DATABASE"); source != "" {
				db, err := sql.Open(map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[dialect], source)
				require.NoError(t, err)
				defer db.Close()
				text, err := json.MarshalIndent(storedRows(t, db, dialect), "", " ")
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o600))
				return
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var want map[string][]map[string]string
			require.NoError(t, json.Unmarshal(text, &want))
			got := storedRows(t, s.db, dialect)
			marked, wanted := newMarks(), newMarks()
			for _, table := range storedTables {
				require.Len(t, got[table.name], len(want[table.name]), table.name)
				for i, row := range want[table.name] {
					for _, column := range slices.Sorted(maps.Keys(row)) {
						a, b := wanted.mark(row[column]), marked.mark(got[table.name][i][column])
						if column == "labels" {
							a, b = sortedMembers(a), sortedMembers(b) // labels have no order, here as in PostgreSQL
						}
						if a != b {
							t.Errorf("%s, row %d, %s:\nwant %s\ngot  %s", table.name, i, column, a, b)
						}
					}
				}
			}
		})
	}
}

func sendRequests(t *testing.T, s server) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "stored", "requests.json"))
	require.NoError(t, err)
	var steps []*corpus.Step
	require.NoError(t, json.Unmarshal(text, &steps))
	client := corpus.NewClient(s.base, map[string]string{"X-PREFECT-API-VERSION": "0.8.4", "User-Agent": "prefect/3.8.8 (API 0.8.4)"})
	defer client.Close()
	vars := corpus.NewVars(s.base, time.Now())
	for i, step := range steps {
		response, err := client.Do(t.Context(), step, vars)
		require.NoError(t, err)
		require.Less(t, response.Status, 300, "request %d: %v", i+1, response.JSON)
		require.NoError(t, vars.Save(step, response.JSON))
	}
}

// storedRows reads the tables as text: SQLite's with what tells texts from numbers, PostgreSQL's as it prints them.
func storedRows(t *testing.T, db *sql.DB, dialect string) map[string][]map[string]string {
	t.Helper()
	all := map[string][]map[string]string{}
	for _, table := range storedTables {
		columns, _ := read(t, db, "SELECT * FROM "+table.name+" LIMIT 0")
		texts := make([]string, len(columns))
		for i, column := range columns {
			texts[i] = `quote("` + column + `")`
			if dialect == "postgres" {
				texts[i] = `coalesce(quote_literal("` + column + `"::text), 'NULL')`
			}
		}
		_, rows := read(t, db, "SELECT "+strings.Join(texts, ", ")+" FROM "+table.name+" ORDER BY "+table.order)
		for _, values := range rows {
			row := map[string]string{}
			for i, column := range columns {
				row[column] = values[i]
			}
			all[table.name] = append(all[table.name], row)
		}
	}
	return all
}

// read gives the names of an answer's columns, and its rows as text.
func read(t *testing.T, db *sql.DB, query string) (columns []string, all [][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	columns, err = rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		all = append(all, values)
	}
	require.NoError(t, rows.Err())
	return columns, all
}

// sortedMembers splits a flat object where its members end.
func sortedMembers(object string) string {
	members := strings.Split(strings.Trim(object, "'{}"), ", ")
	slices.Sort(members)
	return strings.Join(members, ", ")
}

// marks stands in for what differs from one time to the next: ids by the order in which they come up, and the digits of
// instants and lengths of time that the clock gave.
type marks struct{ ids map[string]string }

func newMarks() *marks { return &marks{map[string]string{}} }

var (
	anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// A reading of the clock, in the form in which it is written: with all digits of its fraction, or without one.
	reading = regexp.MustCompile(`20(2[5-9])-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?`)
	// What SQLAlchemy makes of a short length of time, and PostgreSQL.
	length = regexp.MustCompile(`1970-01-01 00:00:\d\d\.\d{6}|^'00:00:\d\d(\.\d+)?'$`)
)

func (m *marks) mark(text string) string {
	text = anyID.ReplaceAllStringFunc(text, func(id string) string {
		if strings.HasSuffix(id, "-0000-4000-8000-000000000000") {
			return id // a request gave it
		}
		if _, ok := m.ids[id]; !ok {
			m.ids[id] = fmt.Sprintf("<id %d>", len(m.ids)+1)
		}
		return m.ids[id]
	})
	text = reading.ReplaceAllStringFunc(text, func(at string) string {
		_, fraction, _ := strings.Cut(at, ".")
		if strings.Contains(at, "T") && fraction == "" || len(fraction) > 6 {
			return at // JSON has six digits, but for one reading in a million
		}
		return "<now" + at[10:11] + ">"
	})
	return length.ReplaceAllString(text, "<length>")
}
