package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/api/apitest"
)

// backend is a server with the leases in its fields.
type backend struct {
	leases   []api.Lease
	problems []string
	query    api.LeaseQuery // of the last request
	hosts    []api.Host
	hostsFor api.HostQuery // likewise
	asked    chan struct{} // has a value for each question about the machine slow
	fail     error
	writes   writes

	events    func(api.EventQuery) api.EventPage // nil: there are none
	eventsFor api.EventQuery                     // of the last request
}

func (b *backend) Links() api.LinkList {
	return api.LinkList{
		Links:   []api.Link{{Name: "prov0", Interface: "prov0", Prefixes: []netip.Prefix{}, Served: []netip.Prefix{}, Routers: []api.Router{}, Problems: []api.LinkProblem{}}},
		Servers: []api.OtherServer{}, Watched: true,
	}
}

func (b *backend) Health() api.Health {
	return api.Health{Ready: true, Version: "v1", Leases: len(b.leases), Problems: []string{}, Counters: map[string]uint64{"received_solicit": 3}}
}

func (b *backend) Leases(q api.LeaseQuery) (api.LeasePage, error) {
	b.query = q
	return api.LeasePage{Leases: b.leases, Next: "7"}, b.fail
}

func (b *backend) Release(_ context.Context, p netip.Prefix) (api.Lease, error) {
	for _, l := range b.leases {
		if l.Prefix == p {
			return l, b.fail
		}
	}
	return api.Lease{}, &api.NotFoundError{What: "a lease of " + p.String()}
}

func (b *backend) Backup(_ context.Context, to io.Writer) error {
	_, err := io.WriteString(to, "{}\n")
	return err
}

func (b *backend) Verify(_ context.Context, whole bool) (api.Verification, error) {
	if whole {
		return api.Verification{Bindings: len(b.leases), Problems: append(b.problems, "the sums")}, b.fail
	}
	return api.Verification{Bindings: len(b.leases), Problems: b.problems}, b.fail
}

func (b *backend) Events(ctx context.Context, q api.EventQuery) api.EventPage {
	if b.events == nil {
		<-ctx.Done()
		return api.EventPage{Next: q.Since}
	}
	b.eventsFor = q
	return b.events(q)
}

func (b *backend) Hosts(q api.HostQuery) (api.HostPage, error) {
	b.hostsFor = q
	return api.HostPage{Hosts: b.hosts, Next: "web01"}, b.fail
}

// host gives the host of a name, to be changed.
func (b *backend) host(name string) (*api.Host, error) {
	for i := range b.hosts {
		if b.hosts[i].Name == name {
			return &b.hosts[i], b.fail
		}
	}
	return &api.Host{}, &api.NotFoundError{What: "host " + name}
}

func (b *backend) Host(name string) (api.Host, error) {
	h, err := b.host(name)
	return *h, err
}

func (b *backend) SetState(_ context.Context, name string, s host.State) (api.Host, error) {
	h, err := b.host(name)
	h.State, h.StateSet = s, true
	return *h, err
}

func (b *backend) SetInstalled(ctx context.Context, name string, duid ident.DUID) (api.Host, error) {
	h, err := b.SetState(ctx, name, host.Installed)
	if err != nil || duid == "" {
		return h, err
	}
	return b.Pin(ctx, name, duid)
}

// taken is a DUID that is that of another host.
const taken = ident.DUID("taken")

func (b *backend) Pin(_ context.Context, name string, duid ident.DUID) (api.Host, error) {
	h, err := b.host(name)
	if err == nil && duid == taken {
		return *h, &api.ConflictError{Err: errors.New("it is that of host web02")}
	}
	h.Pinned = duid
	return *h, err
}

func (b *backend) Unpin(_ context.Context, name string) (api.Host, error) {
	h, err := b.host(name)
	h.Pinned = ""
	return *h, err
}

func (b *backend) ResetState(_ context.Context, name string) (api.Host, error) {
	h, err := b.host(name)
	h.State, h.StateSet = h.StateInSource, false
	return *h, err
}

// Readiness is that of a server which is ready unless it fails.
func (b *backend) Readiness() api.Readiness {
	if b.fail != nil {
		return api.Readiness{Reasons: []string{b.fail.Error()}}
	}
	return api.Readiness{Ready: true}
}

// Status is that of a server with one host and a pool that is nearly full.
func (b *backend) Status() api.Status {
	return api.Status{
		Ready: true, Version: "v1", Config: api.StatusConfig{File: "config.yml"}, Hosts: map[string]int{"deploy": 1},
		Leases: map[string]int{"active": 2}, Pools: 1, Full: b.Pools().Pools,
	}
}

// handlerOf gives the handler for b, whose answers are compared with the
// document.
func handlerOf(t *testing.T, b Backend) http.Handler {
	t.Helper()
	return apitest.Checked(t, NewHandler(b, prometheus.NewRegistry()))
}

// serve answers for b on a socket and gives a client of it.
func serve(t *testing.T, b Backend) *api.Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	web := &httptest.Server{Listener: l, Config: &http.Server{Handler: handlerOf(t, b)}}
	web.Start()
	t.Cleanup(web.Close)
	c, err := api.NewClient("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var comparable = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

var one = api.Lease{
	Prefix: netip.MustParsePrefix("2001:db8::1/128"), State: "active", DUID: ident.DUID("\x00\x03\x00\x01\x52\x54\x00\x00\x00\x01"),
	IAType: "IA_NA", IAID: 7, Preferred: 60, Valid: 120, Host: "web01",
}

func TestClientAndHandlerUnderstandEachOther(t *testing.T) {
	b := &backend{leases: []api.Lease{one}, problems: []string{"two hold one"}}
	c, ctx := serve(t, b), t.Context()

	health, err := c.Health(ctx)
	if err != nil || !health.Ready || health.Counters["received_solicit"] != 3 {
		t.Errorf("Health: %+v, %v", health, err)
	}
	q := api.LeaseQuery{Address: "2001:db8::1", DUID: "00:03", MAC: "52:54:00:00:00:01", Host: "web01", State: "all", Limit: 5, After: "3"}
	page, err := c.Leases(ctx, q)
	if diff := cmp.Diff(api.LeasePage{Leases: []api.Lease{one}, Next: "7"}, page, comparable); diff != "" || err != nil {
		t.Errorf("Leases: %v (-want +got)\n%s", err, diff)
	}
	if diff := cmp.Diff(q, b.query); diff != "" {
		t.Errorf("the query came as (-want +got)\n%s", diff)
	}
	released, err := c.Release(ctx, one.Prefix)
	if diff := cmp.Diff(one, released, comparable); diff != "" || err != nil {
		t.Errorf("Release: %v (-want +got)\n%s", err, diff)
	}
	v, err := c.Verify(ctx)
	if err != nil || v.Bindings != 1 || len(v.Problems) != 1 {
		t.Errorf("Verify: %+v, %v", v, err)
	}
	if v, err = c.VerifyWhole(ctx); err != nil || len(v.Problems) != 2 {
		t.Errorf("VerifyWhole: %+v, %v", v, err)
	}
}

func TestErrorsComeThrough(t *testing.T) {
	b := &backend{leases: []api.Lease{one}, fail: errors.New("the disk is full")}
	c, ctx := serve(t, b), t.Context()
	if _, err := c.Leases(ctx, api.LeaseQuery{}); err == nil || err.Error() != "the disk is full" {
		t.Errorf("Leases: %v", err)
	}
	_, err := c.Release(ctx, netip.MustParsePrefix("2001:db8::2/128"))
	var missing *api.NotFoundError
	if !errors.As(err, &missing) || err.Error() != "a lease of 2001:db8::2/128 not found" {
		t.Errorf("Release: %v", err)
	}
}

func TestWrongRequestsAreExplained(t *testing.T) {
	for _, c := range []struct {
		name, method, target string
		status               int
		body                 string
	}{
		{"an address that is none", "DELETE", "/v1/leases/192.0.2.1", 400, `want an IPv6 address or prefix`},
		{"a limit that is none", "GET", "/v1/leases?limit=none", 400, `limit \"none\": want 1 to 10000`},
		{"a limit out of bounds", "GET", "/v1/leases?limit=100000", 400, `want 1 to 10000`},
		{"a path that is not there", "GET", "/v2/leases", 404, `GET /v2/leases not found`},
		{"a method that is not there", "POST", "/v1/leases", 405, `POST /v1/leases: want the method GET`},
		{"a parameter that is none", "GET", "/v1/leases?stat=all", 400, `unknown parameter \"stat\", did you mean \"state\"?`},
		{"a parameter where there is none", "GET", "/v1/hosts/web01?x=1", 400, `unknown parameter \"x\": this has none`},
		{"parameters that are torn", "GET", "/v1/leases?state=%zz", 400, `the parameters cannot be read`},
		{"a state that is none", "POST", "/v1/hosts/web01/instaled", 400, `state \"instaled\": want new, deploy, installed or locked`},
		{"a host that is not there", "POST", "/v1/hosts/web02/installed", 404, `host web02 not found`},
		{"a limit of hosts out of bounds", "GET", "/v1/hosts?limit=0", 400, `want 1 to 10000`},
		{"metrics", "GET", "/metrics", 200, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			handlerOf(t, &backend{}).ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
			body, _ := io.ReadAll(w.Result().Body)
			if w.Code != c.status || !strings.Contains(string(body), c.body) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.body)
			}
		})
	}
}

func TestClientExplainsWhyNobodyAnswers(t *testing.T) {
	for _, address := range []string{"[::1]:8067", "/run/stage6/api.sock", "ftp://[::1]", "https://", ""} {
		if _, err := api.NewClient(address); err == nil {
			t.Errorf("the address %q is taken", address)
		}
	}
	c, err := api.NewClient("unix:" + filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Health(t.Context()); !errors.Is(err, api.ErrNoServer) || !strings.Contains(err.Error(), "is stage6 serve running") {
		t.Errorf("Health: %v", err)
	}
}

// Reload is that of a server whose configuration is wrong if it fails.
func (b *backend) Reload(context.Context) (api.Reload, error) {
	if b.fail != nil {
		return api.Reload{}, &api.BadRequestError{Err: b.fail}
	}
	return api.Reload{File: "/etc/stage6/config.yml", Plugins: 3, Hosts: 2, Warnings: []string{}}, nil
}
