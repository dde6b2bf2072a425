package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"praetor/internal/app"
	"praetor/internal/config"
)

func TestServicesAreListed(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PREFECT_SERVER_SERVICES_FOREMAN_ENABLED", "false")
	t.Setenv("PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED", "false")
	run := func(args ...string) string {
		var out bytes.Buffer
		root := rootCommand()
		root.SetOut(&out)
		root.SetArgs(append([]string{"server", "services", "ls"}, args...))
		require.NoError(t, root.Execute())
		return out.String()
	}
	var list []app.ServiceInfo
	require.NoError(t, json.Unmarshal([]byte(run("-o", "json")), &list))
	settings, _, err := load(nil)
	require.NoError(t, err)
	known := map[string]bool{}
	for _, row := range config.View(settings) {
		known[row.Name] = true
	}
	table := run()
	for _, s := range list {
		require.True(t, known[s.Setting], s.Setting)
		off := s.Name == "foreman" || s.Name == "triggers" || s.Name == "actions"
		require.Equal(t, !off, s.Enabled, s.Name)
		require.Regexp(t, `(?m)^`+s.Name+` +`+map[bool]string{true: "on", false: "off"}[s.Enabled]+` +`+s.Setting, table)
	}
	root := rootCommand()
	root.SetArgs([]string{"server", "services", "ls", "-o", "yaml"})
	require.ErrorContains(t, root.Execute(), "allowed is json")
}

func TestNothingInTheBackgroundIsStopped(t *testing.T) {
	home := t.TempDir()
	t.Chdir(t.TempDir())
	t.Setenv("HOME", home)
	t.Setenv("PREFECT_HOME", home)
	for _, args := range [][]string{{"server", "stop"}, {"server", "services", "stop"}} {
		var out bytes.Buffer
		root := rootCommand()
		root.SetOut(&out)
		root.SetArgs(args)
		require.NoError(t, root.Execute())
		require.Equal(t, "Nothing runs in the background.\n", out.String())
	}
	require.NoFileExists(t, filepath.Join(home, serverPIDFile))
}
