package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParameterSize(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		flow := s.ask(t, "POST", "/flows/", object{"name": "a flow"}).id(t)
		body := func(parameters string) string { return `{"flow_id": "` + flow + `", "parameters": ` + parameters + `}` }
		// {"x":"..."} takes 8 bytes besides the text.
		for text, size := range map[string]string{
			strings.Repeat("x", 92): "", strings.Repeat("x", 93): "101", strings.Repeat("ü", 16): "104", strings.Repeat("🚀", 8): "104",
			strings.Repeat("ü", 15): "", strings.Repeat(`\"`, 46): "", strings.Repeat(`\"`, 47): "102", strings.Repeat(" ", 93): "101",
		} {
			a := s.ask(t, "POST", "/flow_runs/", body(`{ "x" : "`+text+`" }`))
			if size == "" {
				require.Equal(t, 201, a.status, a.body)
				continue
			}
			require.Equal(t, 422, a.status, "%s: %s", text, a.body)
			require.Contains(t, a.body, `"loc":["body","parameters"]`)
			require.Contains(t, a.body, "must be less than 100 bytes when serialized (got "+size+" bytes).")
		}
	}, "PREFECT_SERVER_API_MAX_PARAMETER_SIZE=100")
}
