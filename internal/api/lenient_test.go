package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPercentSigns sends what Go's own client would escape, on one connection.
func TestPercentSigns(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, s *server) {
		s.must(t, 201, "POST", "/flows/", object{"name": "a flow"})
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/api"))
		require.NoError(t, err)
		defer conn.Close()
		answers := bufio.NewReader(conn)
		body := `{"name":"GET /%x HTTP/1.1\r\n"}`
		for _, c := range []struct {
			method, target, body string
			status               int
		}{
			{"GET", "/api/flows/name/my%flow", "", 404},
			{"GET", "/api/flows/name/%", "", 404},
			{"GET", "/api/flows/name/a%20flow", "", 200},
			{"POST", "/api/flows/?x=%zz", body, 422},
			{"GET", "/api/health?x=" + strings.Repeat("%", 3000), "", 200},
			{"GET", "/api/flows/name/my%4", "", 404},
		} {
			_, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.method, c.target, len(c.body), c.body)
			require.NoError(t, err)
			response, err := http.ReadResponse(answers, nil)
			require.NoError(t, err, c.target)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, c.status, response.StatusCode, "%s: %s", c.target, text)
			if c.body != "" {
				require.Contains(t, string(text), `"request_body":`+c.body, "the body comes as it is")
			}
		}
	})
}
