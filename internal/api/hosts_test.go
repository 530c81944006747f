package api

import (
	"errors"
	"io"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

func web01() Host {
	iaid := uint32(7)
	return Host{
		Name: "web01", State: host.Deploy, StateInSource: host.Deploy, Tags: []string{"rhel"}, Source: "hosts.yml:1",
		Interfaces: []HostInterface{{
			MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}}, Clients: []HostClient{{DUID: "\x00\x03\x01"}, {"\x00\x03\x02", &iaid}},
			Addresses: []string{"2001:db8:10::101", "::56"}, Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:f001::/56")},
		}},
	}
}

func TestClientAndHandlerUnderstandEachOtherAboutHosts(t *testing.T) {
	b := &backend{hosts: []Host{web01()}}
	c, ctx := serve(t, b), t.Context()
	q := HostQuery{Name: "web*", State: "deploy", MAC: "52:54:00:aa:bb:01", Limit: 5, After: "web00"}
	page, err := c.Hosts(ctx, q)
	if diff := cmp.Diff(HostPage{[]Host{web01()}, "web01"}, page, comparable); diff != "" || err != nil {
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
	var missing *NotFoundError
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
			b := &backend{hosts: []Host{web01()}}
			r := httptest.NewRequest("PUT", "/v1/hosts/web01/state", strings.NewReader(c.body))
			NewHandler(b, prometheus.NewRegistry()).ServeHTTP(w, r)
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
