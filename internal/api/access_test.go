package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/api/apitest"
)

// whoCounts are the columns of who: those who ask, and where.
const whoCounts = 7

// accesses says for each route with which status those are answered who ask over
// the unix socket; over TLS without a token, with a wrong one, with the API token
// of a reader, with that of an administrator, with a one-time token; and without
// TLS.
var accesses = map[string]struct {
	target, body string // of a request that is right
	status       [whoCounts]int
}{
	"GET /v1/health":                    {"/v1/health", "", [...]int{200, 200, 401, 200, 200, 401, 200}},
	"GET /v1/ready":                     {"/v1/ready", "", [...]int{200, 200, 401, 200, 200, 401, 200}},
	"GET /v1/openapi.json":              {"/v1/openapi.json", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /metrics":                      {"/metrics", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/leases":                    {"/v1/leases", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"DELETE /v1/leases/{prefix...}":     {"/v1/leases/2001:db8::1", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"GET /v1/verify":                    {"/v1/verify", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"POST /v1/verify":                   {"/v1/verify", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"GET /v1/hosts":                     {"/v1/hosts", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/hosts/{name}":              {"/v1/hosts/web01", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"POST /v1/hosts":                    {"/v1/hosts", "{}", [...]int{412, 401, 401, 403, 412, 401, 403}},
	"PUT /v1/hosts/{name}":              {"/v1/hosts/web01", "{}", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"PATCH /v1/hosts/{name}":            {"/v1/hosts/web01", "{}", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"DELETE /v1/hosts/{name}":           {"/v1/hosts/web01", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"GET /v1/pools":                     {"/v1/pools", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/status":                    {"/v1/status", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/hosts/{name}/token":        {"/v1/hosts/web01/token", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"POST /v1/hosts/{name}/{state}":     {"/v1/hosts/web01/deploy", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"PUT /v1/hosts/{name}/state":        {"/v1/hosts/web01/state", `{"state":"deploy"}`, [...]int{200, 401, 401, 403, 200, 401, 403}},
	"DELETE /v1/hosts/{name}/state":     {"/v1/hosts/web01/state", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"PUT /v1/hosts/{name}/duid":         {"/v1/hosts/web01/duid", `{"duid":"00:03:00:01"}`, [...]int{200, 401, 401, 403, 200, 401, 403}},
	"DELETE /v1/hosts/{name}/duid":      {"/v1/hosts/web01/duid", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"POST /v1/reload":                   {"/v1/reload", "", [...]int{200, 401, 401, 403, 200, 401, 403}},
	"GET /v1/next-free":                 {"/v1/next-free?link=prov0", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"POST /v1/explain/try":              {"/v1/explain/try", `{"messages":[{"datagram":"AQ==","from":"[fe80::1]:546"}]}`, [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/explain":                   {"/v1/explain?of=web01", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/links":                     {"/v1/links", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /v1/backup":                    {"/v1/backup", "", [...]int{200, 403, 403, 403, 403, 403, 403}},
	"GET /v1/events":                    {"/v1/events", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"POST /v1/tokens/verify":            {"/v1/tokens/verify", "", [...]int{400, 400, 403, 400, 400, 200, 400}},
	"POST /v1/tokens/verify ":           {"/v1/tokens/verify", "token=" + right, [...]int{200, 200, 400, 200, 200, 200, 200}},
	"POST /v1/installed":                {"/v1/installed", "", [...]int{400, 400, 403, 400, 400, 200, 400}},
	"POST /v1/installed ":               {"/v1/installed", "token=" + right, [...]int{200, 200, 400, 200, 200, 200, 200}},
	"GET /debug/pprof/profile":          {"/debug/pprof/profile", "", [...]int{200, 403, 403, 403, 403, 403, 403}},
	"GET /debug/pprof/trace":            {"/debug/pprof/trace", "", [...]int{200, 403, 403, 403, 403, 403, 403}},
	"GET /debug/pprof/cmdline":          {"/debug/pprof/cmdline", "", [...]int{200, 403, 403, 403, 403, 403, 403}},
	"GET /debug/pprof/{profile}":        {"/debug/pprof/goroutine?debug=1", "", [...]int{200, 403, 403, 403, 403, 403, 403}},
	"GET /v1/access":                    {"/v1/access", "", [...]int{200, 401, 401, 200, 200, 401, 403}},
	"GET /{$}":                          {"/", "", [...]int{303, 303, 401, 303, 303, 401, 403}},
	"GET /web/{file...}":                {"/web/", "", [...]int{200, 200, 401, 200, 200, 401, 403}},
	"a path that is not there":          {"/v1/nothing", "", [...]int{404, 401, 401, 404, 404, 401, 403}},
	"a method that is not there":        {"/v1/leases", "", [...]int{405, 401, 401, 405, 405, 401, 403}},
	"GET /v1/hosts/{name} not there":    {"/v1/hosts/web99", "", [...]int{404, 401, 401, 404, 404, 401, 403}},
	"GET /v1/leases and a typing error": {"/v1/leases?stat=all", "", [...]int{400, 401, 401, 400, 400, 401, 403}},
}

func TestEveryRouteIsForThoseWhoMayHaveIt(t *testing.T) {
	b := &backend{leases: []api.Lease{one}, hosts: []api.Host{web01()}, problems: []string{}}
	socket := NewHandler(b, prometheus.NewRegistry())
	remote := NewRemoteHandler(b, prometheus.NewRegistry(), &gate{})
	askers := []struct {
		who    string
		header string
		h      http.Handler
	}{
		{"the unix socket", "", socket}, {"TLS without a token", "", remote}, {"TLS with a wrong token", "Bearer wrong", remote},
		{"TLS with a reader's token", "Bearer reader", remote}, {"TLS with an administrator's token", "Bearer admin", remote},
		{"TLS with a one-time token", "Bearer " + right, remote}, {"no TLS", "", NewTokenHandler(b)},
	}
	for _, r := range routes(b, http.NotFoundHandler()) {
		if _, ok := accesses[r.pattern()]; !ok {
			t.Errorf("%s is in the routes, and not in accesses: who may have it?", r.pattern())
		}
	}
	for name, c := range accesses {
		method := methodIn(name)
		for i, a := range askers {
			w := httptest.NewRecorder()
			asked(a.h, w, method, c.target, c.body, a.header)
			if w.Code != c.status[i] {
				t.Errorf("%s over %s: got %d %s, want %d", name, a.who, w.Code, w.Body, c.status[i])
			}
		}
	}
}

// methodIn gives the method of a route; what is none is asked for as something
// that no route has.
func methodIn(name string) string {
	method, _, _ := strings.Cut(name, " ")
	switch {
	case strings.HasPrefix(name, "a method"):
		return http.MethodPost
	case !slices.Contains([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}, method):
		return http.MethodGet
	}
	return method
}

// asked asks a handler. The request ends at once, so that what would take time
// takes none.
func asked(h http.Handler, w http.ResponseWriter, method, target, body, header string) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if header != "" {
		r.Header.Set("Authorization", header)
	}
	h.ServeHTTP(w, r)
}

// gate knows the tokens reader and admin.
type gate struct{ changed []string }

func (g *gate) Find(token string) (name string, admin, ok bool) {
	return token, token == "admin", token == "admin" || token == "reader"
}
func (g *gate) Missing() error { return &api.UnauthorizedError{Err: errors.New("no token")} }
func (g *gate) Wrong(netip.Addr) error {
	return &api.UnauthorizedError{Err: errors.New("a wrong token")}
}
func (g *gate) ReadOnly(string) error { return &api.ForbiddenError{Err: errors.New("read-only")} }
func (g *gate) Changed(name string, r *http.Request, status int) {
	g.changed = append(g.changed, name+" "+r.Method+" "+r.URL.Path+" "+http.StatusText(status))
}

func TestChangesWithAnAPITokenAreTold(t *testing.T) {
	g := &gate{}
	h := NewRemoteHandler(&backend{hosts: []api.Host{web01()}}, prometheus.NewRegistry(), g)
	for _, c := range []struct{ method, target, header string }{
		{"POST", "/v1/hosts/web01/deploy", "Bearer admin"}, {"POST", "/v1/hosts/web99/deploy", "Bearer admin"},
		{"POST", "/v1/hosts/web01/deploy", "Bearer reader"}, {"GET", "/v1/hosts/web01", "Bearer admin"},
	} {
		asked(h, httptest.NewRecorder(), c.method, c.target, "", c.header)
	}
	if want := []string{"admin POST /v1/hosts/web01/deploy OK", "admin POST /v1/hosts/web99/deploy Not Found"}; !slices.Equal(g.changed, want) {
		t.Errorf("got %q, want %q", g.changed, want)
	}
}

func TestAnswersOverTLSAreAsTheDocumentSays(t *testing.T) {
	b := &backend{leases: []api.Lease{one}, hosts: []api.Host{web01()}, problems: []string{}}
	remote := NewRemoteHandler(b, prometheus.NewRegistry(), &gate{})
	h := apitest.CheckedAs(t, NewHandler(b, prometheus.NewRegistry()), remote)
	for name, c := range accesses {
		if strings.Contains(name, "pprof") {
			continue
		}
		for _, header := range []string{"", "Bearer wrong", "Bearer reader", "Bearer admin", "Basic x"} {
			asked(h, httptest.NewRecorder(), methodIn(name), c.target, c.body, header)
		}
	}
}

func TestHealthWithoutATokenSaysLittle(t *testing.T) {
	b := &backend{fail: errors.New("the disk of rack 7 is full")}
	for target, want := range map[string]string{"/v1/health": `{"ready":false}`, "/v1/ready": `{"ready":false}`} {
		w := httptest.NewRecorder()
		asked(NewRemoteHandler(b, prometheus.NewRegistry(), &gate{}), w, "GET", target, "", "")
		if got := strings.TrimSpace(w.Body.String()); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}

func TestAServerThatIsNotReadySaysWhy(t *testing.T) {
	b := &backend{fail: errors.New("the disk is full")}
	w := httptest.NewRecorder()
	asked(handlerOf(t, b), w, "GET", "/v1/ready", "", "")
	if want := `{"ready":false,"reasons":["the disk is full"]}`; w.Code != http.StatusServiceUnavailable || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("got %d %s, want 503 %s", w.Code, w.Body, want)
	}
}

func TestBrowsersChangeNothingForOtherSites(t *testing.T) {
	h := handlerOf(t, &backend{hosts: []api.Host{web01()}})
	r := httptest.NewRequest("POST", "/v1/hosts/web01/deploy", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "another site") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestASiteThatSaysItIsTheServerIsRefused(t *testing.T) {
	h := NoSites(handlerOf(t, &backend{hosts: []api.Host{web01()}}))
	for host, want := range map[string]int{
		"stage6": 200, "": 200, "localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200,
		"rebound.example.net": 403, "rebound.example.net:8080": 403, "127.0.0.1.example.net": 403, "localhost.": 403,
	} {
		r := httptest.NewRequest("GET", "/v1/hosts", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: got %d %s, want %d", host, w.Code, w.Body, want)
		}
	}
}
