package api

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/config"
)

// TestEverySettingIsShown holds the view against the table of settings.
func TestEverySettingIsShown(t *testing.T) {
	dir := t.TempDir()
	settings, err := config.Load(config.Sources{Dir: dir, Home: dir})
	require.NoError(t, err)
	shown := map[string]bool{"PREFECT_SERVER_ENCRYPTION_KEY": true} // the reference's settings do not have it
	var visit func(t reflect.Type, prefix string)
	visit = func(typ reflect.Type, prefix string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := prefix
			if tag := f.Tag.Get("json"); tag != "" {
				name += "_" + strings.ToUpper(tag)
			}
			if f.Type.Kind() == reflect.Struct {
				visit(f.Type, name)
				continue
			}
			shown[name] = true
		}
	}
	visit(reflect.TypeFor[settingsView](), "PREFECT")
	for name := range settings.Values() {
		// Those of Redis belong to the reference's package prefect_redis, which shows them nowhere.
		hidden := strings.HasPrefix(name, "PRAETOR_") || strings.HasPrefix(name, "PREFECT_REDIS_MESSAGING_")
		require.True(t, shown[name] || hidden, "%s is not shown", name)
	}
}
