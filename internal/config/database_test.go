package config

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSQLiteAddresses(t *testing.T) {
	// What SQLAlchemy makes of each, its path as it stands.
	cases := []struct{ address, want string }{
		{"sqlite+aiosqlite:////x/prefect.db", "/x/prefect.db"},
		{"sqlite+aiosqlite:////x/a%20b.db", "/x/a%20b.db"},
		{"sqlite+aiosqlite:///rel.db", "rel.db"},
		{"sqlite+aiosqlite:///./rel.db", "./rel.db"},
		{"sqlite:///rel.db", "rel.db"},
		{"sqlite+aiosqlite:///x?timeout=5", "x"},
		{"sqlite+aiosqlite://", ":memory:"},
		{"sqlite+aiosqlite:///", ":memory:"},
		{"sqlite+aiosqlite:///:memory:", ":memory:"},
		{"sqlite+aiosqlite:///file::memory:?cache=shared&uri=true&check_same_thread=false", ":memory:"},
		{"sqlite+aiosqlite:///file:x?mode=memory&cache=shared&uri=true", ":memory:"},
		{"sqlite+aiosqlite:///file:/x/a%20b.db?uri=true", "/x/a b.db"},
		{"sqlite+aiosqlite:///file:///x/y.db?uri=true&mode=rwc", "/x/y.db"},
	}
	for _, c := range cases {
		t.Run(c.address, func(t *testing.T) {
			got, err := Database{ConnectionURL: c.address}.Target()
			require.NoError(t, err)
			require.Equal(t, Target{SQLite: c.want}, got)
		})
	}
	got, err := Database{home: "/h"}.Target()
	require.NoError(t, err)
	require.Equal(t, Target{SQLite: "/h/prefect.db"}, got)
}

func TestPostgresAddresses(t *testing.T) {
	cases := []struct {
		address                  string
		user, password, host, db string
		options                  url.Values // without application_name
		uncached                 bool
	}{
		{address: "postgresql+asyncpg://u:p@h/d", user: "u", password: "p", host: "h:5432", db: "/d"},
		{address: "postgresql+asyncpg://u:p%40ss@h:5433/d", user: "u", password: "p@ss", host: "h:5433", db: "/d"},
		{address: "postgresql+asyncpg://u:p/s:s#?@h/d", user: "u", password: "p/s:s#?", host: "h:5432", db: "/d"},
		{address: "postgresql+asyncpg://u+x:p+q@h/d", user: "u+x", password: "p+q", host: "h:5432", db: "/d"},
		{address: "postgresql+asyncpg://u@h", user: "u", host: "h:5432"},
		{address: "postgresql+asyncpg://h:5433/d", host: "h:5433", db: "/d"},
		{address: "postgresql+asyncpg://u:p@[::1]:5/d", user: "u", password: "p", host: "[::1]:5", db: "/d"},
		{address: "postgresql+asyncpg://u:p@h/d%20b", user: "u", password: "p", host: "h:5432", db: "/d%20b"},
		{address: "postgresql+asyncpg:///d?host=/var/run/postgresql", db: "/d", options: url.Values{"host": {"/var/run/postgresql"}, "port": {"5432"}}},
		{address: "postgresql+asyncpg://u:p@/d?host=h1:1&host=h2", user: "u", password: "p", db: "/d", options: url.Values{"host": {"h1,h2"}, "port": {"1,5432"}}},
		{address: "postgresql+asyncpg://u:p@h/d?ssl=require", user: "u", password: "p", host: "h:5432", db: "/d", options: url.Values{"sslmode": {"require"}}},
		{address: "postgres://h/d?prepared_statement_cache_size=0", host: "h:5432", db: "/d", uncached: true},
		{address: "postgresql+asyncpg://h/d?statement_cache_size=0", host: "h:5432", db: "/d", uncached: true},
		{address: "postgresql+asyncpg://h/d?statement_cache_size=100", host: "h:5432", db: "/d"},
	}
	for _, c := range cases {
		t.Run(c.address, func(t *testing.T) {
			got, err := Database{ConnectionURL: c.address}.Target()
			require.NoError(t, err)
			require.Empty(t, got.SQLite)
			require.Equal(t, c.uncached, got.NoStatementCache)
			u, err := url.Parse(got.PostgresURL)
			require.NoError(t, err)
			require.Equal(t, "postgresql", u.Scheme)
			require.Equal(t, c.user, u.User.Username())
			password, _ := u.User.Password()
			require.Equal(t, c.password, password)
			require.Equal(t, c.host, u.Host)
			require.Equal(t, c.db, u.Path)
			options := u.Query()
			require.Equal(t, "praetor", options.Get("application_name"))
			options.Del("application_name")
			if c.options == nil {
				c.options = url.Values{}
			}
			require.Equal(t, c.options, options)
		})
	}
}

func TestPostgresOptionsOfSettings(t *testing.T) {
	none := 0
	d := Database{
		ConnectionURL: "postgresql+asyncpg://h/d?ssl=prefer", ConnectionTimeout: 1500 * time.Millisecond,
		ApplicationName: "mine", SearchPath: "a, public", StatementCacheSize: &none,
		TLSEnabled: true, TLSCheckHostname: true, TLSCAFile: "ca", TLSCertFile: "cert", TLSKeyFile: "key",
	}
	got, err := d.Target()
	require.NoError(t, err)
	require.True(t, got.NoStatementCache)
	u, err := url.Parse(got.PostgresURL)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"application_name": {"mine"}, "search_path": {"a, public"}, "connect_timeout": {"2"}, "sslmode": {"verify-full"},
		"sslrootcert": {"ca"}, "sslcert": {"cert"}, "sslkey": {"key"},
	}, u.Query())
	d.TLSCheckHostname, d.TLSCAFile = false, ""
	got, err = d.Target()
	require.NoError(t, err)
	require.Contains(t, got.PostgresURL, "sslmode=verify-ca")
}

func TestAddressesThatAreNotUnderstood(t *testing.T) {
	cases := []struct{ address, want string }{
		{"postgresql+asyncpg://u:hush@ss@h/d", "%40"},
		{"postgresql+asyncpg://u:hush%@h/d", "%25"},
		{"postgresql+asyncpg://u:hush@h:abc/d", `"abc" for a port`},
		{"postgresql+asyncpg://u:hush@h:70000/d", `"70000" for a port`},
		{"postgresql+asyncpg://u:hush@h/d?a=%zz", "options"},
		{"postgresql+asyncpg://u:hush@h/d?host=x", "a host twice"},
		{"postgresql+asyncpg://u:${PREFECT_SERVER_DATABASE_PASSWORD}@h/d", "${PREFECT_SERVER_DATABASE_PASSWORD}, which is not set"},
		{"sqlite+aiosqlite:///x?mode=ro", "mode=ro"},
		{" sqlite+aiosqlite:///x", `begins with " sqlite+aiosqlite"`},
		{"oracle://h", `begins with "oracle"`},
	}
	for _, c := range cases {
		t.Run(c.address, func(t *testing.T) {
			_, err := Database{ConnectionURL: c.address}.Target()
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "PREFECT_SERVER_DATABASE_CONNECTION_URL")
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestPasswordsAreHidden(t *testing.T) {
	for address, want := range map[string]string{
		"postgresql+asyncpg://u:pw@h/d":                     "postgresql+asyncpg://u:********@h/d",
		"postgresql+asyncpg://u:p@w:x/y@h/d":                "postgresql+asyncpg://u:********@h/d",
		"postgresql+asyncpg://u@h/d":                        "postgresql+asyncpg://u@h/d",
		"postgresql+asyncpg://h:5432/d":                     "postgresql+asyncpg://h:5432/d",
		"postgresql+asyncpg://h/d?user=u&password=pw&ssl=1": "postgresql+asyncpg://h/d?user=u&password=********&ssl=1",
		"sqlite+aiosqlite:////x/y.db":                       "sqlite+aiosqlite:////x/y.db",
	} {
		require.Equal(t, want, hidePassword(address))
	}
}

func TestConnectionsHaveABound(t *testing.T) {
	require.EqualValues(t, 15, Database{PoolSize: 5, MaxOverflow: 10}.MaxConns())
	require.EqualValues(t, manyConnections, Database{PoolSize: 0, MaxOverflow: 10}.MaxConns())
	require.EqualValues(t, manyConnections, Database{PoolSize: 5, MaxOverflow: -1}.MaxConns())
}
