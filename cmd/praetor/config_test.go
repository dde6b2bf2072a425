package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConfigView runs the command as a user does: environment and working directory are the process's.
func TestConfigView(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql+asyncpg://me:hush@db/prefect")
	var out bytes.Buffer
	root := rootCommand()
	root.SetOut(&out)
	root.SetArgs([]string{"config", "view"})
	require.NoError(t, root.Execute())
	require.Regexp(t, `(?m)^PREFECT_SERVER_DATABASE_CONNECTION_URL +postgresql\+asyncpg://me:\*+@db/prefect +\(the environment, as PREFECT_API_DATABASE_CONNECTION_URL\)$`, out.String())
	require.Regexp(t, `(?m)^PREFECT_SERVER_API_PORT +4200 +\(default\)$`, out.String())
	require.NotContains(t, out.String(), "hush")
}

func TestASettingThatCannotBeParsedStopsTheStart(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PREFECT_SERVER_API_PORT", "http")
	root := rootCommand()
	root.SetArgs([]string{"server", "start"})
	require.ErrorContains(t, root.Execute(), `PREFECT_SERVER_API_PORT (from the environment) is "http": allowed is`)
}
