package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// Target is the database that the settings mean.
type Target struct {
	// Path is SQLite's file, or ":memory:"; empty for PostgreSQL.
	Path string
	// PostgresURL is a libpq connection URL; empty for SQLite.
	PostgresURL string
	// NoStatementCache asks for a connection without prepared statements.
	NoStatementCache bool
}

// Target makes the database's address out of the connection URL, or out of its parts, or takes Prefect's default:
// prefect.db in its home folder.
func (d Database) Target() (Target, error) {
	address := d.ConnectionURL
	if address == "" {
		switch d.Driver {
		case "postgresql+asyncpg":
			if d.Host == "" || d.User == "" || d.Name == "" {
				return Target{}, fmt.Errorf("PREFECT_SERVER_DATABASE_DRIVER is %s: PREFECT_SERVER_DATABASE_HOST, _USER and _NAME are needed too", d.Driver)
			}
			u := url.URL{Scheme: "postgresql", User: url.UserPassword(d.User, d.Password), Host: d.Host, Path: "/" + d.Name}
			if d.Port != 0 {
				u.Host += ":" + strconv.Itoa(d.Port)
			}
			address = u.String()
		case "sqlite+aiosqlite":
			if d.Name == "" {
				return Target{}, fmt.Errorf("PREFECT_SERVER_DATABASE_DRIVER is %s: PREFECT_SERVER_DATABASE_NAME is needed too", d.Driver)
			}
			return Target{Path: d.Name}, nil
		default:
			return Target{Path: filepath.Join(d.home, "prefect.db")}, nil
		}
	}
	scheme, rest, ok := strings.Cut(address, "://")
	kind, _, _ := strings.Cut(scheme, "+")
	switch {
	case ok && kind == "sqlite":
		return sqliteTarget(rest)
	case ok && (kind == "postgresql" || kind == "postgres"):
		return d.postgresTarget(rest)
	}
	return Target{}, fmt.Errorf("PREFECT_API_DATABASE_CONNECTION_URL begins with %q: allowed are sqlite+aiosqlite:// and postgresql+asyncpg://", scheme+"://")
}

// sqliteTarget reads what follows sqlite+aiosqlite://: "/relative", "//absolute" or an SQLite URI.
func sqliteTarget(rest string) (Target, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "?")
	if path == "" || strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file::memory:") || strings.Contains(query, "mode=memory") {
		return Target{Path: ":memory:"}, nil
	}
	path, err := url.PathUnescape(strings.TrimPrefix(path, "file:"))
	if err != nil {
		return Target{}, fmt.Errorf("the database's path is not understood: %w", err)
	}
	return Target{Path: path}, nil
}

// postgresTarget turns asyncpg's options into libpq's.
func (d Database) postgresTarget(rest string) (Target, error) {
	u, err := url.Parse("postgresql://" + rest)
	if err != nil {
		return Target{}, fmt.Errorf("PREFECT_API_DATABASE_CONNECTION_URL is not understood; characters such as @ and / in the password must be percent-encoded")
	}
	q := u.Query()
	t := Target{NoStatementCache: d.StatementCacheSize == 0 || d.PreparedStatementCache == 0}
	for _, option := range []string{"statement_cache_size", "prepared_statement_cache_size"} {
		t.NoStatementCache = t.NoStatementCache || q.Get(option) == "0"
		q.Del(option)
	}
	if ssl := q.Get("ssl"); ssl != "" {
		mode := map[string]string{"true": "require", "false": "disable"}[ssl]
		q.Set("sslmode", cmpOr(mode, ssl))
		q.Del("ssl")
	}
	set := func(option, value string) {
		if value != "" {
			q.Set(option, value)
		}
	}
	if d.TLSEnabled {
		mode := "require"
		if d.TLSCAFile != "" {
			mode = "verify-ca"
			if d.TLSCheckHostname {
				mode = "verify-full"
			}
		}
		set("sslmode", mode)
		set("sslrootcert", d.TLSCAFile)
		set("sslcert", d.TLSCertFile)
		set("sslkey", d.TLSKeyFile)
	}
	set("application_name", d.ApplicationName)
	set("search_path", d.SearchPath)
	q.Del("async_fallback")
	if q.Get("application_name") == "" {
		q.Set("application_name", "praetor")
	}
	if seconds := int(d.ConnectionTimeout.Seconds()); seconds > 0 {
		q.Set("connect_timeout", strconv.Itoa(seconds))
	}
	u.RawQuery = q.Encode()
	t.PostgresURL = u.String()
	return t, nil
}
