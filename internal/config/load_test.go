package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// load reads settings in an empty folder with an empty home.
func load(t *testing.T, environ ...string) (*Settings, error) {
	t.Helper()
	return Load(Sources{Environ: environ, Dir: t.TempDir(), Home: t.TempDir()})
}

func view(t *testing.T, s *Settings, name string) Row {
	t.Helper()
	for _, row := range View(s) {
		if row.Name == name {
			return row
		}
	}
	t.Fatalf("%s is not in the view", name)
	return Row{}
}

func TestErrorsNameSettingValueSourceAndWhatIsAllowed(t *testing.T) {
	cases := []struct{ set, want string }{
		{"PREFECT_SERVER_API_PORT=http", `PREFECT_SERVER_API_PORT (from the environment) is "http": allowed is a whole number from 0 to 65535`},
		{"PREFECT_SERVER_API_PORT=70000", `PREFECT_SERVER_API_PORT (from the environment) is "70000": allowed is a whole number from 0 to 65535`},
		{"PREFECT_API_DEFAULT_LIMIT=-1", `PREFECT_API_DEFAULT_LIMIT (from the environment) is "-1": allowed is a whole number not below 0`},
		{"PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES=0", `is "0": allowed is a whole number above 0`},
		{"PREFECT_SERVER_API_MAX_PARAMETER_SIZE=99999999999999999999", `is "99999999999999999999": allowed is a whole number`},
		{"PREFECT_SERVER_UI_ENABLED=maybe", `is "maybe": allowed is true or false`},
		{"PREFECT_SERVER_LOGGING_LEVEL=loud", `is "loud": allowed is DEBUG, INFO, WARNING, ERROR or CRITICAL`},
		{"PREFECT_SERVER_API_KEEPALIVE_TIMEOUT=soon", `is "soon": allowed is a number of seconds, HH:MM:SS, or an ISO 8601 duration such as "PT1H"`},
		{"PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION=5", `ISO 8601 duration such as "PT1H" from 30 to 3600`},
		{"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=mine.leases", `is "mine.leases": allowed is database, memory, filesystem or redis, or Prefect's module of that kind`},
		{"PREFECT_SERVER_ENCRYPTION_KEY=hush", `PREFECT_SERVER_ENCRYPTION_KEY (from the environment) is ********: allowed is a Fernet key: 32 bytes in URL-safe Base64`},
		{"PREFECT_MESSAGING_BROKER=mine.messaging", `PREFECT_MESSAGING_BROKER (from the environment) is "mine.messaging": allowed is memory or redis`},
		{"PREFECT_MESSAGING_BROKER=postgres", `PREFECT_SERVER_EVENTS_MESSAGING_BROKER (from the environment, as PREFECT_MESSAGING_BROKER) is "postgres" and the database is SQLite: allowed is memory`},
		{"PRAETOR_LOG_FORMAT=xml", `is "xml": allowed is text or json`},
		{"PREFECT_SERVER_DATABASE_DRIVER=mysql", `is "mysql": allowed is postgresql+asyncpg or sqlite+aiosqlite`},
		{"PREFECT_SERVER_DATABASE_CONNECTION_URL=mysql://u:hush@h/d", `PREFECT_SERVER_DATABASE_CONNECTION_URL begins with "mysql": allowed are addresses that begin with sqlite+aiosqlite:// or postgresql+asyncpg://`},
		{"PREFECT_SERVER_DATABASE_CONNECTION_URL=hush", `begins with "": allowed`},
	}
	for _, c := range cases {
		t.Run(c.set, func(t *testing.T) {
			_, err := load(t, c.set)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestTheBrokerSuitsTheDatabaseUnlessOneIsSet(t *testing.T) {
	const postgres = "PREFECT_API_DATABASE_CONNECTION_URL=postgresql+asyncpg://u@h/d"
	for _, c := range []struct {
		set  []string
		want string
	}{
		{nil, "memory"},
		{[]string{"PREFECT_MESSAGING_BROKER=prefect.server.utilities.messaging.memory"}, "memory"},
		{[]string{postgres}, "postgres"},
		{[]string{postgres, "PREFECT_MESSAGING_BROKER=postgres"}, "postgres"},
		{[]string{postgres, "PREFECT_MESSAGING_BROKER=prefect_redis.messaging", "PREFECT_MESSAGING_CACHE=prefect_redis.messaging", "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING=prefect_redis.ordering"}, "redis"},
		{[]string{postgres, "PREFECT_MESSAGING_BROKER=prefect.server.utilities.messaging.memory"}, "memory"},
		{[]string{postgres, "PREFECT_SERVER_EVENTS_MESSAGING_BROKER=memory"}, "memory"},
	} {
		s, err := load(t, c.set...)
		require.NoError(t, err)
		require.Equal(t, c.want, s.Events.MessagingBroker, "%v", c.set)
	}
}

func TestAllErrorsAreReportedAtOnce(t *testing.T) {
	_, err := load(t, "PREFECT_SERVER_API_PORT=x", "PREFECT_SERVER_UI_ENABLED=maybe", "PREFECT_SERVER_LOGGING_LEVEL=z")
	require.ErrorContains(t, err, "PREFECT_SERVER_API_PORT")
	require.ErrorContains(t, err, "PREFECT_SERVER_UI_ENABLED")
	require.ErrorContains(t, err, "PREFECT_SERVER_LOGGING_LEVEL")
}

func TestBrokenFilesStopTheStart(t *testing.T) {
	for _, name := range []string{"prefect.toml", "pyproject.toml", ".prefect/profiles.toml"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, []byte("[server\n"), 0o600))
			_, err := Load(Sources{Dir: dir, Home: dir})
			require.ErrorContains(t, err, path)
		})
	}
}

func TestOverridesWin(t *testing.T) {
	s, err := Load(Sources{
		Environ: []string{"PREFECT_SERVER_API_PORT=5"}, Dir: t.TempDir(), Home: t.TempDir(),
		Overrides: map[string]string{"PREFECT_SERVER_API_PORT": "6"},
	})
	require.NoError(t, err)
	require.Equal(t, 6, s.API.Port)
	require.Equal(t, Row{"PREFECT_SERVER_API_PORT", "6", "the command line"}, view(t, s, "PREFECT_SERVER_API_PORT"))
}

func TestViewTellsWhereValuesComeFrom(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write(filepath.Join(dir, ".env"), "PREFECT_SERVER_API_HOST=a\n")
	write(filepath.Join(dir, "prefect.toml"), "[server.api]\nbase_path = '/b'\n")
	write(filepath.Join(dir, "pyproject.toml"), "[tool.prefect.server.api]\ncsrf_protection_enabled = true\n")
	write(filepath.Join(home, ".prefect", "profiles.toml"), "active = 'mine'\n[profiles.mine]\nPREFECT_SERVER_API_KEEPALIVE_TIMEOUT = 7\n")
	s, err := Load(Sources{Environ: []string{"PREFECT_API_DEFAULT_LIMIT=9"}, Dir: dir, Home: home})
	require.NoError(t, err)
	for _, want := range []Row{
		{"PREFECT_SERVER_API_DEFAULT_LIMIT", "9", "the environment, as PREFECT_API_DEFAULT_LIMIT"},
		{"PREFECT_SERVER_API_HOST", "a", ".env"},
		{"PREFECT_SERVER_API_BASE_PATH", "/b", "prefect.toml"},
		{"PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED", "true", "pyproject.toml"},
		{"PREFECT_SERVER_API_KEEPALIVE_TIMEOUT", "7", "profile mine"},
		{"PREFECT_SERVER_API_PORT", "4200", "default"},
	} {
		require.Equal(t, want, view(t, s, want.Name))
	}
	require.Equal(t, 7*time.Second, s.API.KeepaliveTimeout)
	require.True(t, s.API.CSRFProtectionEnabled)
}

func TestViewShowsWhatWasWorkedOut(t *testing.T) {
	s, err := Load(Sources{Environ: []string{"PREFECT_HOME=~/p", "PREFECT_SERVER_API_PORT=77"}, Dir: t.TempDir(), Home: "/u"})
	require.NoError(t, err)
	require.Equal(t, Row{"PREFECT_HOME", "/u/p", "the environment"}, view(t, s, "PREFECT_HOME"))
	require.Equal(t, Row{addressName, "sqlite+aiosqlite:////u/p/prefect.db", "default"}, view(t, s, addressName))
	require.Equal(t, Row{"PREFECT_SERVER_UI_API_URL", "http://127.0.0.1:77/api", "default"}, view(t, s, "PREFECT_SERVER_UI_API_URL"))
	s, err = load(t, "PREFECT_SERVER_DATABASE_DRIVER=postgresql+asyncpg", "PREFECT_SERVER_DATABASE_HOST=h", "PREFECT_SERVER_DATABASE_USER=u",
		"PREFECT_SERVER_DATABASE_NAME=n", "PREFECT_SERVER_DATABASE_PASSWORD=hush")
	require.NoError(t, err)
	require.Contains(t, view(t, s, addressName).Value, "postgresql://u:********@h:5432/n")
}

func TestViewHidesSecrets(t *testing.T) {
	s, err := load(t,
		"PREFECT_SERVER_API_AUTH_STRING=admin:hush", "PREFECT_SERVER_ENCRYPTION_KEY=hushhushhushhushhushhushhushhushhushhushhus=", "PREFECT_SERVER_DATABASE_PASSWORD=hush",
		"PREFECT_API_DATABASE_CONNECTION_URL=postgresql+asyncpg://me:hush@db:5433/prefect?ssl=require")
	require.NoError(t, err)
	for _, row := range View(s) {
		require.NotContains(t, row.Value, "hush", row.Name)
	}
	require.Equal(t, "********", view(t, s, "PREFECT_SERVER_API_AUTH_STRING").Value)
	require.Equal(t, "postgresql+asyncpg://me:********@db:5433/prefect?ssl=require", view(t, s, "PREFECT_SERVER_DATABASE_CONNECTION_URL").Value)
	require.Empty(t, view(t, s, "PREFECT_SERVER_DATABASE_USER").Value)
}

func TestWarnings(t *testing.T) {
	cases := []struct {
		name    string
		environ []string
		want    string // part of the only warning; empty: none
	}{
		{"a client's settings", []string{"PREFECT_LOGGING_LEVEL=DEBUG", "PREFECT_CLIENT_MAX_RETRIES=3"}, ""},
		{"a setting without use here", []string{"PREFECT_SERVER_ANALYTICS_ENABLED=false"}, ""},
		{"an unknown one", []string{"PREFECT_SERVER_API_PROT=5"}, "PREFECT_SERVER_API_PROT (from the environment) is not a setting"},
		{"an unknown one of our own", []string{"PRAETOR_LOG=json"}, "PRAETOR_LOG (from the environment)"},
		{"no such profile", []string{"PREFECT_PROFILE=mine"}, `PREFECT_PROFILE is "mine"`},
		{
			"a password without use",
			[]string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql://u@h/d", "PREFECT_SERVER_DATABASE_PASSWORD=hush"}, "PREFECT_SERVER_DATABASE_PASSWORD is set and not used",
		},
		{
			"a password with use",
			[]string{"PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql://u:${PREFECT_SERVER_DATABASE_PASSWORD}@h/d", "PREFECT_SERVER_DATABASE_PASSWORD=hush"}, "",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := load(t, c.environ...)
			require.NoError(t, err)
			all := strings.Join(s.Warnings, "\n")
			require.NotContains(t, all, "hush")
			if c.want == "" {
				require.Empty(t, all)
				return
			}
			require.Len(t, s.Warnings, 1)
			require.Contains(t, all, c.want)
		})
	}
}

func TestUnreadableLinesOfDotenvAreToldOf(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env"), []byte("A=\"two\nlines\"\n=x\nPREFECT_SERVER_API_PORT=7\n"), 0o600))
	s, err := Load(Sources{Dir: dir, Home: dir})
	require.NoError(t, err)
	require.Equal(t, 7, s.API.Port)
	require.Len(t, s.Warnings, 1)
	require.Contains(t, s.Warnings[0], "line 3")
}
