package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/web"
)

// upstream is a server that says yes to everything, and keeps what it was asked.
type upstream struct{ asked []string }

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	u.asked = append(u.asked, r.Method+" "+r.URL.Path)
	for name := range r.Header {
		if !slices.Contains([]string{"Accept", "User-Agent", "X-Forwarded-For"}, name) {
			u.asked = append(u.asked, "header "+name)
		}
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusOK)
	return w.Result(), nil
}

func TestTheProxyPassesOnWhatThePageAsks(t *testing.T) {
	for name, c := range map[string]struct {
		method, target, host, site string
		write                      bool
		status                     int
		asked                      string
	}{
		"the page":                          {"GET", "/secret/web/app.js", "127.0.0.1:8080", "", false, 200, "GET /web/app.js"},
		"the way to it":                     {"GET", "/secret/", "localhost", "", false, 303, ""},
		"events":                            {"GET", "/secret/v1/events", "[::1]:8080", "same-origin", false, 200, "GET /v1/events"},
		"access, which it answers itself":   {"GET", "/secret/v1/access", "127.0.0.1", "", false, 200, ""},
		"access, with --write":              {"GET", "/secret/v1/access", "127.0.0.1", "", true, 200, "GET /v1/access"},
		"a change":                          {"POST", "/secret/v1/hosts/web01/deploy", "127.0.0.1", "same-origin", false, 403, ""},
		"a change, with --write":            {"POST", "/secret/v1/hosts/web01/deploy", "127.0.0.1", "same-origin", true, 200, "POST /v1/hosts/web01/deploy"},
		"a release, with --write":           {"DELETE", "/secret/v1/leases/2001:db8::/56", "127.0.0.1", "same-origin", true, 200, "DELETE /v1/leases/2001:db8::/56"},
		"a change for another site":         {"POST", "/secret/v1/hosts/web01/deploy", "127.0.0.1", "cross-site", true, 403, ""},
		"another change, with --write":      {"DELETE", "/secret/v1/hosts/web01", "127.0.0.1", "same-origin", true, 403, ""},
		"a one-time token, with --write":    {"GET", "/secret/v1/hosts/web01/token", "127.0.0.1", "", true, 403, ""},
		"a backup, with --write":            {"GET", "/secret/v1/backup", "127.0.0.1", "", true, 403, ""},
		"a profile":                         {"GET", "/secret/debug/pprof/profile", "127.0.0.1", "", true, 403, ""},
		"somewhere else by dots":            {"GET", "/secret/web/../metrics", "127.0.0.1", "", true, 307, ""},
		"another secret":                    {"GET", "/secreu/v1/health", "127.0.0.1", "", false, 404, ""},
		"no secret":                         {"GET", "/v1/health", "127.0.0.1", "", false, 404, ""},
		"more than the secret":              {"GET", "/secretsecret/v1/health", "127.0.0.1", "", false, 404, ""},
		"by another name":                   {"GET", "/secret/v1/health", "rebound.example.net:8080", "", false, 421, ""},
		"by a name that begins like ours":   {"GET", "/secret/v1/health", "127.0.0.1.example.net", "", false, 421, ""},
		"by the address of another machine": {"GET", "/secret/v1/health", "192.0.2.1:8080", "", false, 421, ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := &upstream{}
			r := httptest.NewRequest(c.method, c.target, nil)
			r.Host = c.host
			r.Header.Set("Cookie", "of=another-program")
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("Accept", "*/*")
			if c.site != "" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			w := httptest.NewRecorder()
			web.NewProxy(u, "secret", c.write).ServeHTTP(w, r)
			if got := strings.Join(u.asked, ", "); w.Code != c.status || got != c.asked {
				t.Errorf("got %d %s and asked %q, want %d and %q", w.Code, w.Body, got, c.status, c.asked)
			}
		})
	}
}

func TestFilesOfThePageComeWithAPolicy(t *testing.T) {
	for name, want := range map[string]string{
		"": "text/html; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml; charset=utf-8",
	} {
		w := httptest.NewRecorder()
		web.Page(w, httptest.NewRequest("GET", "/web/"+name, nil), name)
		policy := w.Header().Get("Content-Security-Policy")
		if w.Code != 200 || w.Header().Get("Content-Type") != want || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%q: got %d %v", name, w.Code, w.Header())
		}
		again := httptest.NewRequest("GET", "/web/"+name, nil)
		again.Header.Set("If-None-Match", w.Header().Get("ETag"))
		w = httptest.NewRecorder()
		if web.Page(w, again, name); w.Code != 304 {
			t.Errorf("%q, asked for again: got %d", name, w.Code)
		}
	}
	for _, name := range []string{"nothing.js", "../page.go", "..", "/etc/passwd", "page"} {
		w := httptest.NewRecorder()
		if web.Page(w, httptest.NewRequest("GET", "/web/x", nil), name); w.Code != 404 {
			t.Errorf("%q: got %d", name, w.Code)
		}
	}
}
