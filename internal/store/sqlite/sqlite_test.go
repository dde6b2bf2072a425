package sqlite_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sqlite3 "modernc.org/sqlite/lib"

	"praetor/internal/store/sqlite"
)

func open(t *testing.T) *sqlite.Conn {
	c, err := sqlite.Open("file::memory:")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func prepare(t *testing.T, c *sqlite.Conn, sql string) *sqlite.Stmt {
	s, err := c.Prepare(sql)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// What goes in comes out, whatever its size, and also when the statement was used before with other values.
func TestValues(t *testing.T) {
	c := open(t)
	s := prepare(t, c, "SELECT ?, ?, ?, ?, ?, ?")
	require.Equal(t, 6, s.Columns())
	var args sqlite.Args
	for _, text := range []string{"short", "", strings.Repeat("long ", 100_000), "a\x00b", "ü"} {
		args.Clear()
		args.Text(text)
		args.Int(-1 << 63)
		args.Float(0.1)
		args.Null()
		args.Blob([]byte{0, 1})
		args.AppendText(func(b []byte) []byte { return append(b, "tail"...) })
		require.NoError(t, s.Bind(&args))
		row, err := s.Step()
		require.NoError(t, err)
		require.True(t, row)
		for i, kind := range []sqlite.Kind{sqlite.Text, sqlite.Int, sqlite.Float, sqlite.Null, sqlite.Blob, sqlite.Text} {
			require.Equal(t, kind, s.Kind(i))
		}
		require.Equal(t, text, string(s.Bytes(0)))
		require.Equal(t, int64(-1<<63), s.Int(1))
		require.Equal(t, 0.1, s.Float(2))
		require.Empty(t, s.Bytes(3))
		require.Equal(t, []byte{0, 1}, s.Bytes(4))
		require.Equal(t, "tail", string(s.Bytes(5)))
		row, err = s.Step()
		require.NoError(t, err)
		require.False(t, row)
		s.Reset()
	}
	args.Clear()
	require.EqualError(t, s.Bind(&args), "the statement has 6 parameters, not 0")
}

// Two statements hold their arguments at the same time.
func TestNestedStatements(t *testing.T) {
	c := open(t)
	outer, inner := prepare(t, c, "SELECT ? UNION ALL SELECT ?"), prepare(t, c, "SELECT ?")
	var args sqlite.Args
	args.Text("one")
	args.Text("two")
	require.NoError(t, outer.Bind(&args))
	for _, want := range []string{"one", "two"} {
		row, err := outer.Step()
		require.NoError(t, err)
		require.True(t, row)
		args.Clear()
		args.Text("inner")
		require.NoError(t, inner.Bind(&args))
		_, err = inner.Step()
		require.NoError(t, err)
		require.Equal(t, "inner", string(inner.Bytes(0)))
		inner.Reset()
		require.Equal(t, want, string(outer.Bytes(0)))
	}
	outer.Reset()
}

func TestErrors(t *testing.T) {
	c := open(t)
	require.NoError(t, c.Run("CREATE TABLE t (id TEXT PRIMARY KEY); INSERT INTO t VALUES ('a')"))
	require.Equal(t, int64(1), c.Changes())
	var failed *sqlite.Error
	require.ErrorAs(t, c.Run("INSERT INTO t VALUES ('a')"), &failed)
	require.Equal(t, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, failed.Code)
	_, err := c.Prepare("SELECT a FROM nowhere")
	require.ErrorContains(t, err, "no such table: nowhere")
	_, err = c.Prepare(" -- a remark")
	require.ErrorContains(t, err, "there is no statement")
	_, err = sqlite.Open("file:" + t.TempDir() + "/absent/db")
	require.ErrorAs(t, err, &failed)
	require.Equal(t, sqlite3.SQLITE_CANTOPEN, failed.Code&0xff)
}

// The end of a context ends a statement that runs, and leaves the next one alone.
func TestWatch(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	forget := c.Watch(ctx)
	var failed *sqlite.Error
	require.ErrorAs(t, c.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), &failed)
	require.Equal(t, sqlite3.SQLITE_INTERRUPT, failed.Code)
	forget()
	require.NoError(t, c.Run("SELECT 1"))
}

// A statement is compiled once, whatever its arguments are.
func TestStatementsStayCompiled(t *testing.T) {
	c := open(t)
	require.NoError(t, c.Run("CREATE TABLE a (id TEXT PRIMARY KEY); CREATE TABLE b (a TEXT, x TEXT); CREATE INDEX bx ON b (x)"))
	s := prepare(t, c, "SELECT a.id FROM a JOIN b ON b.a = a.id WHERE b.x = ? ORDER BY a.id")
	var args sqlite.Args
	for range 3 {
		args.Clear()
		args.Text("value")
		require.NoError(t, s.Bind(&args))
		_, err := s.Step()
		require.NoError(t, err)
		s.Reset()
	}
	require.Zero(t, s.Recompiled())
}
