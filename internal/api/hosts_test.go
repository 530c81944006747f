package api

import (
	"errors"
	"io"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

func web01() api.Host {
	iaid := uint32(7)
	return api.Host{
		Name: "web01", State: host.Deploy, StateInSource: host.Deploy, Tags: []string{"rhel"}, Source: "hosts.yml:1",
		Interfaces: []api.HostInterface{{
			MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}}, Clients: []api.HostClient{{DUID: "\x00\x03\x01"}, {DUID: "\x00\x03\x02", IAID: &iaid}},
			Addresses: []string{"2001:db8:10::101", "::56"}, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:f001::/56")},
		}},
	}
}

func TestClientAndHandlerUnderstandEachOtherAboutHosts(t *testing.T) {
	b := &backend{hosts: []api.Host{web01()}}
	c, ctx := serve(t, b), t.Context()
	q := api.HostQuery{Name: "web*", State: "deploy", MAC: "52:54:00:aa:bb:01", Limit: 5, After: "web00"}
	page, err := c.Hosts(ctx, q)
	if diff := cmp.Diff(api.HostPage{Hosts: []api.Host{web01()}, Next: "web01"}, page, comparable); diff != "" || err != nil {
		t.Errorf("Hosts: %v (-want +got)\n%s", err, diff)
	}
	if diff := cmp.Diff(q, b.hostsFor); diff != "" {
		t.Errorf("the query came as (-want +got)\n%s", diff)
	}
	if h, err := c.SetState(ctx, "web01", host.Installed); err != nil || h.State != host.Installed || !h.StateSet {
		t.Errorf("SetState: %+v, %v", h, err)
	}
	if h, err := c.Host(ctx, "web01"); err != nil || h.State != host.Installed {
		t.Errorf("Host: %+v, %v", h, err)
	}
	if h, err := c.ResetState(ctx, "web01"); err != nil || h.State != host.Deploy || h.StateSet {
		t.Errorf("ResetState: %+v, %v", h, err)
	}
	var missing *api.NotFoundError
	if _, err := c.Host(ctx, "../leases"); !errors.As(err, &missing) || err.Error() != "host ../leases not found" {
		t.Errorf("Host of a name with a slash: %v", err)
	}
}

func TestBodiesWithAState(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"a state", `{"state": "locked"}`, 200, `"state":"locked"`},
		{"a state that is none", `{"state": "lock"}`, 400, `state \"lock\": want new, deploy, installed or locked`},
		{"no state", `{}`, 400, `no state: want {\"state\": \"installed\"}`},
		{"a null", `{"state": null}`, 400, `no state`},
		{"another key", `{"states": "locked"}`, 400, `unknown field`},
		{"nothing", ``, 400, `body: EOF: want {\"state\": \"installed\"}`},
		{"no JSON", `installed`, 400, `body: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			b := &backend{hosts: []api.Host{web01()}}
			r := httptest.NewRequest("PUT", "/v1/hosts/web01/state", strings.NewReader(c.body))
			handlerOf(t, b).ServeHTTP(w, r)
			body, _ := io.ReadAll(w.Result().Body)
			if w.Code != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.want)
			}
			if set := b.hosts[0].State != host.Deploy; set != (c.status == 200) {
				t.Errorf("answered %d, and the state is %s", c.status, b.hosts[0].State)
			}
		})
	}
}

func TestClientAndHandlerUnderstandEachOtherAboutPinnedDUIDs(t *testing.T) {
	c, ctx := serve(t, &backend{hosts: []api.Host{web01()}}), t.Context()
	const duid = ident.DUID("\x00\x04\x4c")
	if h, err := c.SetInstalled(ctx, "web01", duid); err != nil || h.Pinned != duid || h.State != host.Installed {
		t.Errorf("SetInstalled: %+v, %v", h, err)
	}
	if h, err := c.SetInstalled(ctx, "web01", ""); err != nil || h.Pinned != duid {
		t.Errorf("SetInstalled without a DUID: %+v, %v", h, err)
	}
	if h, err := c.Unpin(ctx, "web01"); err != nil || h.Pinned != "" {
		t.Errorf("Unpin: %+v, %v", h, err)
	}
	if h, err := c.Pin(ctx, "web01", duid); err != nil || h.Pinned != duid {
		t.Errorf("Pin: %+v, %v", h, err)
	}
	var conflict *api.ConflictError
	if _, err := c.Pin(ctx, "web01", taken); !errors.As(err, &conflict) || err.Error() != "it is that of host web02" {
		t.Errorf("Pin of another host's DUID: %v", err)
	}
}

func TestRequestsWithADUID(t *testing.T) {
	for _, c := range []struct {
		name, request, body string
		status              int
		want                string
		pinned              ident.DUID
	}{
		{"in the body", "POST /v1/hosts/web01/installed", `{"duid": "00:04:4c"}`, 200, `"pinned":"00:04:4c"`, "\x00\x04\x4c"},
		{"as a parameter", "POST /v1/hosts/web01/installed?duid=00044c", ``, 200, `"state":"installed"`, "\x00\x04\x4c"},
		{"none", "POST /v1/hosts/web01/installed", ``, 200, `"state":"installed"`, ""},
		{"an empty body", "POST /v1/hosts/web01/installed", `{}`, 200, `"state":"installed"`, ""},
		{"one that is none", "POST /v1/hosts/web01/installed?duid=00", ``, 400, `DUID \"00\": 1 octets`, ""},
		{"one that is none, in the body", "POST /v1/hosts/web01/installed", `{"duid": "x"}`, 400, `want octets in hexadecimal`, ""},
		{"another key", "POST /v1/hosts/web01/installed", `{"uuid": "x"}`, 400, `unknown field \"uuid\": want nothing or {\"duid\": \"00:04:...\"}`, ""},
		{"pinned alone", "PUT /v1/hosts/web01/duid", `{"duid": "00:04:4c"}`, 200, `"state":"deploy"`, "\x00\x04\x4c"},
		{"none to be pinned", "PUT /v1/hosts/web01/duid", ``, 400, `no DUID: want {\"duid\": \"00:04:...\"}, or DELETE`, ""},
		{"that of another host", "PUT /v1/hosts/web01/duid?duid=74616b656e", ``, 409, `it is that of host web02`, ""},
		{"of a host that is not there", "PUT /v1/hosts/web09/duid?duid=00044c", ``, 404, `host web09 not found`, ""},
		{"forgotten", "DELETE /v1/hosts/web01/duid", ``, 200, `"state":"deploy"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			method, target, _ := strings.Cut(c.request, " ")
			w := httptest.NewRecorder()
			b := &backend{hosts: []api.Host{web01()}}
			handlerOf(t, b).ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(c.body)))
			body, _ := io.ReadAll(w.Result().Body)
			if w.Code != c.status || !strings.Contains(string(body), c.want) || b.hosts[0].Pinned != c.pinned {
				t.Errorf("got %d %s, pinned %q, want %d %s and %q", w.Code, body, b.hosts[0].Pinned, c.status, c.want, c.pinned)
			}
		})
	}
}
