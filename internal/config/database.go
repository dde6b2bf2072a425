package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Target is the database that the settings mean.
type Target struct {
	// SQLite is the database's file, or ":memory:"; empty when the database is PostgreSQL.
	SQLite string
	// PostgresURL is a libpq connection URL; empty when the database is SQLite.
	PostgresURL string
	// NoStatementCache asks for a connection without prepared statements.
	NoStatementCache bool
}

// String is the database's address for people: without the password.
func (t Target) String() string {
	if t.SQLite != "" {
		return "sqlite+aiosqlite:///" + t.SQLite
	}
	return hidePassword(t.PostgresURL)
}

// addressName is how messages call the setting.
const addressName = "PREFECT_SERVER_DATABASE_CONNECTION_URL"

// Target makes the database's address out of the connection URL, or out of its parts, or takes Prefect's default:
// prefect.db in its home folder.
func (d Database) Target() (Target, error) {
	if d.ConnectionURL == "" {
		return d.targetOfParts()
	}
	address, err := d.withPassword()
	if err != nil {
		return Target{}, err
	}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme = ""
	}
	switch kind, _, _ := strings.Cut(scheme, "+"); kind {
	case "sqlite":
		return sqliteTarget(rest)
	case "postgresql", "postgres":
		a, err := parseAddress(rest)
		if err != nil {
			return Target{}, err
		}
		return d.postgresTarget(a)
	}
	return Target{}, fmt.Errorf("%s begins with %q: allowed are addresses that begin with sqlite+aiosqlite:// or postgresql+asyncpg://", addressName, scheme)
}

func (d Database) targetOfParts() (Target, error) {
	switch {
	case d.Driver == "postgresql+asyncpg":
		var missing []string
		for _, part := range [][2]string{{"HOST", d.Host}, {"USER", d.User}, {"NAME", d.Name}} {
			if part[1] == "" {
				missing = append(missing, "PREFECT_SERVER_DATABASE_"+part[0])
			}
		}
		if missing != nil {
			return Target{}, fmt.Errorf("PREFECT_SERVER_DATABASE_DRIVER is %s and needs %s too", d.Driver, strings.Join(missing, ", "))
		}
		a := databaseAddress{user: &d.User, host: d.Host, database: d.Name, query: url.Values{}}
		if d.Password != "" {
			a.password = &d.Password
		}
		if d.Port != nil {
			a.port = strconv.Itoa(*d.Port)
		}
		return d.postgresTarget(a)
	case d.Driver == "sqlite+aiosqlite" && d.Name != "":
		return sqliteTarget("/" + d.Name)
	}
	return Target{SQLite: filepath.Join(d.home, "prefect.db")}, nil
}

// withPassword puts the password setting where the address asks for it. It is put there as it stands: whoever has special
// characters in it has percent-encoded them, as Prefect needs it.
func (d Database) withPassword() (string, error) {
	address := d.ConnectionURL
	for _, name := range []string{"PREFECT_SERVER_DATABASE_PASSWORD", "PREFECT_API_DATABASE_PASSWORD"} {
		wanted := "${" + name + "}"
		if strings.Contains(address, wanted) && d.Password == "" {
			return "", fmt.Errorf("%s names %s, which is not set", addressName, wanted)
		}
		address = strings.ReplaceAll(address, wanted, d.Password)
	}
	return address, nil
}

// passwordWarning tells of a password that the address makes no use of.
func passwordWarning(d Database) []string {
	if d.Password == "" || d.ConnectionURL == "" || strings.Contains(d.ConnectionURL, "_DATABASE_PASSWORD}") ||
		strings.Contains(d.ConnectionURL, d.Password) || strings.Contains(d.ConnectionURL, url.QueryEscape(d.Password)) {
		return nil
	}
	return []string{"PREFECT_SERVER_DATABASE_PASSWORD is set and not used: " + addressName + " does not name it"}
}

var addressPassword = regexp.MustCompile(`(//[^:/@]*):.*@`)

// hidePassword hides the password of an address, also in its query.
func hidePassword(text string) string {
	text = addressPassword.ReplaceAllString(text, "$1:"+hidden+"@")
	return queryPassword.ReplaceAllString(text, "${1}"+hidden)
}

var queryPassword = regexp.MustCompile(`([?&](?:password|sslpassword|passfile)=)[^&"]+`)

// sqliteTarget reads what follows sqlite+aiosqlite://: "/relative", "//absolute", or an SQLite URI with uri=true.
func sqliteTarget(rest string) (Target, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return Target{}, fmt.Errorf("%s has options that are not understood", addressName)
	}
	switch mode := options.Get("mode"); mode {
	case "", "rw", "rwc":
	case "memory":
		path = ":memory:"
	default:
		return Target{}, fmt.Errorf("%s asks for mode=%s: a server has to write its database", addressName, mode)
	}
	if options.Get("uri") == "true" && strings.HasPrefix(path, "file:") {
		if path, err = url.PathUnescape(strings.TrimPrefix(path, "file:")); err != nil {
			return Target{}, fmt.Errorf("%s has a path that is not understood: %w", addressName, err)
		}
		path = strings.TrimPrefix(path, "//") // the host, which is empty, has two slashes before it
	}
	if path == "" || path == ":memory:" || path == "file::memory:" {
		path = ":memory:"
	}
	return Target{SQLite: path}, nil
}

// databaseAddress is an address in SQLAlchemy's terms.
type databaseAddress struct {
	user, password       *string
	host, port, database string
	query                url.Values
}

// parseAddress reads what follows the scheme as SQLAlchemy does: a password may hold anything but @, and may be
// percent-encoded; a database's name is taken as it stands.
func parseAddress(rest string) (databaseAddress, error) {
	var a databaseAddress
	unquote := func(s string) (*string, error) {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, fmt.Errorf("%s has a user or a password that is not understood: the character %% is written %%25", addressName)
		}
		return &plain, nil
	}
	var err error
	if i := strings.IndexAny(rest, ":/@"); i >= 0 && rest[i] != '/' {
		if end := strings.IndexByte(rest[i:], '@'); end >= 0 {
			if a.user, err = unquote(rest[:i]); err != nil {
				return a, err
			}
			if end > 0 {
				if a.password, err = unquote(rest[i+1 : i+end]); err != nil {
					return a, err
				}
			}
			rest = rest[i+end+1:]
		}
	}
	var query string
	rest, query, _ = strings.Cut(rest, "?")
	a.host, a.database, _ = strings.Cut(rest, "/")
	if strings.Contains(a.host, "@") {
		return a, fmt.Errorf("%s has more than one @: in a password it is written %%40", addressName)
	}
	if inner, port, ok := strings.Cut(strings.TrimPrefix(a.host, "["), "]"); ok {
		a.host, a.port = inner, strings.TrimPrefix(port, ":")
	} else {
		a.host, a.port, _ = strings.Cut(a.host, ":")
	}
	if _, err := strconv.ParseUint(a.port, 10, 16); err != nil && a.port != "" {
		return a, fmt.Errorf("%s has %q for a port: allowed is a number up to 65535", addressName, a.port)
	}
	if a.query, err = url.ParseQuery(query); err != nil {
		return a, fmt.Errorf("%s has options that are not understood", addressName)
	}
	return a, nil
}

// libpq is the address as a libpq URL. More than one host is given by options, each with its port.
func (a databaseAddress) libpq() (*url.URL, error) {
	u := &url.URL{Scheme: "postgresql"}
	switch {
	case a.user != nil && a.password != nil:
		u.User = url.UserPassword(*a.user, *a.password)
	case a.user != nil:
		u.User = url.User(*a.user)
	}
	if a.database != "" {
		u.Path = "/" + a.database
	}
	if a.host != "" {
		u.Host = net.JoinHostPort(a.host, cmpOr(a.port, "5432"))
	}
	more := a.query["host"]
	if len(more) == 0 {
		return u, nil
	}
	if a.host != "" {
		return nil, errors.New(addressName + " names a host twice: before the database and as an option")
	}
	var hosts, ports []string
	for _, h := range more {
		host, port, ok := strings.Cut(h, ":")
		if !ok {
			port = cmpOr(a.query.Get("port"), "5432")
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	a.query.Set("host", strings.Join(hosts, ","))
	a.query.Set("port", strings.Join(ports, ","))
	return u, nil
}

// postgresTarget turns asyncpg's options into libpq's.
func (d Database) postgresTarget(a databaseAddress) (Target, error) {
	u, err := a.libpq()
	if err != nil {
		return Target{}, err
	}
	q := a.query
	off := func(size *int) bool { return size != nil && *size == 0 }
	t := Target{NoStatementCache: off(d.StatementCacheSize) || off(d.PreparedStatementCache)}
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
		mode := "verify-ca" // Prefect checks the certificate whenever TLS is on; without a file, by the system's authorities
		if d.TLSCheckHostname {
			mode = "verify-full"
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
	if d.ConnectionTimeout > 0 {
		q.Set("connect_timeout", strconv.Itoa(int(math.Ceil(d.ConnectionTimeout.Seconds()))))
	}
	u.RawQuery = q.Encode()
	t.PostgresURL = u.String()
	return t, nil
}

// manyConnections is what stands for "no bound", which no server of PostgreSQL has either.
const manyConnections = 100

// MaxConns is the most connections to PostgreSQL. Prefect lets 0 and negative sizes mean that there is no bound.
func (d Database) MaxConns() int32 {
	if d.PoolSize <= 0 || d.MaxOverflow < 0 {
		return manyConnections
	}
	return int32(min(d.PoolSize+d.MaxOverflow, math.MaxInt32))
}
