package api

import (
	"net/http"
	"slices"
	"strings"
)

// crossOrigin is what pages of other sites may do.
type crossOrigin struct {
	origins []string // as they are sent; "*": all
	methods []string
	headers []string // "*": all
	shown   string   // the headers as a browser is told of them
}

// newCrossOrigin reads the lists of the settings. What a browser may always send needs no permission.
func newCrossOrigin(origins, methods, headers string) *crossOrigin {
	c := &crossOrigin{origins: strings.Split(origins, ","), methods: strings.Split(methods, ","), headers: strings.Split(headers, ",")}
	if slices.Contains(c.methods, "*") {
		c.methods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"}
	}
	shown := append([]string{"Accept", "Accept-Language", "Content-Language", "Content-Type"}, c.headers...)
	slices.Sort(shown)
	shown = slices.Compact(shown)
	c.shown = strings.Join(shown, ", ")
	for _, header := range shown {
		c.headers = append(c.headers, strings.ToLower(header))
	}
	return c
}

func (c *crossOrigin) allows(list []string, wanted string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, wanted)
}

// cors lets browsers on other origins use the API, as far as the settings allow.
func (s *Server) cors(next http.Handler) http.Handler {
	c := newCrossOrigin(s.settings.API.CORSAllowedOrigins, s.settings.API.CORSAllowedMethods, s.settings.API.CORSAllowedHeaders)
	everybody := slices.Contains(c.origins, "*")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		if everybody {
			h.Set("Access-Control-Allow-Origin", "*")
		} else if slices.Contains(c.origins, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
		}
		if _, asks := r.Header["Access-Control-Request-Method"]; r.Method == http.MethodOptions && asks {
			c.preflight(w, r, origin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// preflight tells a browser whether it may send the request that it is about to send.
func (c *crossOrigin) preflight(w http.ResponseWriter, r *http.Request, origin string) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", strings.Join(c.methods, ", "))
	h.Set("Access-Control-Max-Age", "600")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	var refused []string
	if !c.allows(c.origins, origin) {
		refused = append(refused, "origin")
	}
	if !slices.Contains(c.methods, r.Header.Get("Access-Control-Request-Method")) {
		refused = append(refused, "method")
	}
	asked, some := r.Header["Access-Control-Request-Headers"]
	switch {
	case !slices.Contains(c.headers, "*"):
		h.Set("Access-Control-Allow-Headers", c.shown)
		for header := range strings.SplitSeq(strings.ToLower(strings.Join(asked, ",")), ",") {
			if some && !slices.Contains(c.headers, strings.TrimSpace(header)) {
				refused = append(refused, "headers")
				break
			}
		}
	case some:
		h.Set("Access-Control-Allow-Headers", asked[0])
	}
	if refused != nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("Disallowed CORS " + strings.Join(refused, ", "))) // the client is gone: nobody is left to tell
		return
	}
	_, _ = w.Write([]byte("OK")) // as above
}
