package notification

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"praetor/internal/prefect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInnerAddresses(t *testing.T) {
	for _, inner := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.100.100.200", "224.0.0.1", "255.255.255.255", "198.18.0.1",
		"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
	} {
		require.True(t, isInner(netip.MustParseAddr(inner)), inner)
	}
	for _, outer := range []string{"8.8.8.8", "172.32.0.1", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		require.False(t, isInner(netip.MustParseAddr(outer)), outer)
	}
}

// target is a server on this machine's address, and whether it was reached.
func target(t *testing.T, handle http.HandlerFunc) (url string, reached *int) {
	reached = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*reached++
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, reached
}

func newTestSender(t *testing.T, public bool) *Sender {
	s := NewSender(public, time.Now)
	t.Cleanup(s.Close)
	return s
}

// TestGuard shows that the guard looks at what is connected to, whatever was looked at before: names that resolve to other
// addresses meanwhile, and redirects, come to it all the same.
func TestGuard(t *testing.T) {
	url, reached := target(t, func(http.ResponseWriter, *http.Request) {})
	s := newTestSender(t, false)
	for _, to := range []string{url, "http://localhost:1/"} {
		_, err := s.send(t.Context(), &request{method: "GET", url: to}, 0, true, true, true)
		var restricted *RestrictedError
		require.ErrorAs(t, err, &restricted, to)
	}
	require.Zero(t, *reached)
	_, err := s.send(t.Context(), &request{method: "GET", url: url}, 0, false, true, true)
	require.NoError(t, err)
	require.Equal(t, 1, *reached)
}

func TestPublicOnly(t *testing.T) {
	url, reached := target(t, func(http.ResponseWriter, *http.Request) {})
	s := newTestSender(t, true)
	_, err := s.Call(t.Context(), prefect.Object(`{"url": "`+url+`", "allow_private_urls": true}`), "x")
	require.ErrorContains(t, err, "private address 127.0.0.1")
	err = s.Notify(t.Context(), "custom-webhook", prefect.Object(`{"name": "n", "url": "`+url+`"}`), Message{"s", "b"})
	require.ErrorContains(t, err, "private address 127.0.0.1")
	err = s.Notify(t.Context(), "mattermost-webhook", prefect.Object(`{"hostname": "127.0.0.1", "token": "t"}`), Message{"s", "b"})
	require.ErrorContains(t, err, "private address 127.0.0.1")
	require.Zero(t, *reached)
}

func TestWebhooks(t *testing.T) {
	moved, _ := target(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
	})
	large, _ := target(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	echo, _ := target(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Method+" "+r.Header.Get("X-Token"))
		_, _ = io.Copy(w, r.Body)
	})
	s := newTestSender(t, false)
	call := func(data, payload string) (*Answer, error) { return s.Call(t.Context(), prefect.Object(data), payload) }

	a, err := call(`{"url": "`+moved+`"}`, "")
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, a.Status, "redirects are not followed")
	a, err = call(`{"url": "`+large+`"}`, "")
	require.NoError(t, err)
	require.Len(t, a.Body, maxAnswer)
	a, err = call(`{"url": "`+echo+`", "method": "PUT", "headers": {"X-Token": "t"}, "verify": false}`, "héllo")
	require.NoError(t, err)
	require.Equal(t, "PUT t", a.Header.Get("X-Seen"))
	require.Equal(t, "héllo", a.Body)

	for data, reason := range map[string]string{
		`{"url": "ftp://example.com/x", "allow_private_urls": false}`: `ValueError("'ftp://example.com/x' is not a valid URL.  Only HTTP and HTTPS URLs are allowed.")`,
		`{"url": "http://10.0.0.1/x", "allow_private_urls": false}`:   `ValueError("'http://10.0.0.1/x' is not a valid URL.  It resolves to the private address 10.0.0.1.")`,
		`{"url": "http://n.invalid/x", "allow_private_urls": false}`:  `ValueError("'http://n.invalid/x' is not a valid URL.  It could not be resolved.")`,
		`{"url": "not a url", "allow_private_urls": false}`:           `ValueError("'not a url' is not a valid URL.  Only HTTP and HTTPS URLs are allowed.")`,
		`{}`:         `ValidationError('the field url is required')`,
		`{"url": 3}`: `ValidationError('a value of the block has the wrong type')`,
	} {
		_, err := call(data, "x")
		require.Equal(t, reason, Raised(err), data)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	_, err = call(`{"url": "`+closed.URL+`/secret"}`, "x")
	var undelivered *Error
	require.True(t, errors.As(err, &undelivered) && undelivered.Temporary)
	require.Contains(t, Raised(err), "ConnectError('dial tcp")
	require.NotContains(t, Raised(err), "secret")
}
