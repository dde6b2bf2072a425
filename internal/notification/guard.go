package notification

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"praetor/internal/jinja"
)

// Bounds of one request.
const (
	maxWait     = 30 * time.Second // for all of it, where the block names no time
	maxDial     = 5 * time.Second
	maxAnswer   = 64 << 10 // bytes of an answer that are read
	maxRedirect = 10
)

// RestrictedError tells that an address must not be called.
type RestrictedError struct{ Message string }

func (e *RestrictedError) Error() string { return e.Message }

// notRoutable are the networks that are nobody's on the internet, besides those that netip knows.
//
//nolint:gochecknoglobals // Go has no constant slices
var notRoutable = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

// isInner tells whether an address is private, of this machine, of this link, or otherwise not one of the internet's.
func isInner(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() {
		return true
	}
	for _, network := range notRoutable {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// guard is what every connection of a guarded client passes, with the address that it is about to be opened to: after the name
// was resolved, and after each redirect.
func guard(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RestrictedError{"the address " + address + " is not understood"}
	}
	if isInner(at.Addr()) {
		return &RestrictedError{"It resolves to the private address " + at.Addr().String() + "."}
	}
	return nil
}

// clients are the HTTP clients of a sender: by whether connections are guarded, and certificates looked at.
type clients [2][2]*http.Client

func newClients() clients {
	var c clients
	for guarded := range c {
		for verified := range c[guarded] {
			dialer := &net.Dialer{Timeout: maxDial}
			t := &http.Transport{
				DialContext: dialer.DialContext, MaxIdleConns: 20, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: maxDial,
				MaxResponseHeaderBytes: maxAnswer, ForceAttemptHTTP2: true,
			}
			if guarded == 1 {
				dialer.Control = guard // and no proxy, which would open the connections in our place
			} else {
				t.Proxy = http.ProxyFromEnvironment
			}
			if verified == 0 {
				t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the block asks for it
			}
			c[guarded][verified] = &http.Client{Transport: t, Timeout: maxWait, CheckRedirect: checkRedirect}
		}
	}
	return c
}

type noRedirects struct{}

func checkRedirect(r *http.Request, via []*http.Request) error {
	if r.Context().Value(noRedirects{}) != nil {
		return http.ErrUseLastResponse
	}
	if len(via) >= maxRedirect {
		return errors.New("too many redirects")
	}
	return nil
}

func (c *clients) of(guarded, verified bool) *http.Client {
	at := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	return c[at(guarded)][at(verified)]
}

func (c *clients) close() {
	for i := range c {
		for _, client := range c[i] {
			client.CloseIdleConnections()
		}
	}
}

// checkURL refuses an address that is none, or whose name resolves to an inner one, with a reason that tells which. The guard
// looks again at what is connected to.
func checkURL(ctx context.Context, text string) error {
	invalid := func(why string) error {
		message := jinja.Quoted(text) + " is not a valid URL."
		if why != "" {
			message += "  " + why
		}
		return &RestrictedError{message}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return invalid("")
	case u.Scheme != "http" && u.Scheme != "https":
		return invalid("Only HTTP and HTTPS URLs are allowed.")
	case u.Hostname() == "":
		return invalid("")
	}
	addresses := []netip.Addr{}
	if literal, err := netip.ParseAddr(u.Hostname()); err == nil {
		addresses = append(addresses, literal)
	} else {
		resolving, cancel := context.WithTimeout(ctx, maxDial)
		defer cancel()
		if addresses, err = net.DefaultResolver.LookupNetIP(resolving, "ip", u.Hostname()); err != nil || len(addresses) == 0 {
			return invalid("It could not be resolved.")
		}
	}
	for _, a := range addresses {
		if isInner(a) {
			return invalid(fmt.Sprintf("It resolves to the private address %s.", a.Unmap().WithZone("")))
		}
	}
	return nil
}
