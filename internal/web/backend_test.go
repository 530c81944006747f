package web_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	server "github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/stage"
)

// backend is a server with hosts, leases and events that tests make up.
type backend struct {
	server.Backend // what the page does not ask for

	mu      sync.Mutex
	hosts   []api.Host
	leases  []api.Lease
	events  []event.Event
	pools   []api.Pool
	links   api.LinkList
	explain api.Explanations
	trouble []string
	more    chan struct{} // is closed when there are more events
	changes []string
}

func newBackend() *backend {
	return &backend{more: make(chan struct{}), explain: api.Explanations{Exchanges: []api.Explanation{}}}
}

// began is when the events of tests begin.
var began = time.Date(2026, 2, 1, 8, 54, 0, 0, time.UTC)

// tell lets something happen.
func (b *backend) tell(events ...event.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		e.Seq = uint64(len(b.events) + 1)
		e.Time = began.Add(time.Duration(e.Seq) * time.Second)
		b.events = append(b.events, e)
	}
	close(b.more)
	b.more = make(chan struct{})
}

func (b *backend) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.changes...)
}

func (b *backend) Health() api.Health {
	return api.Health{Ready: true, Version: "v1.2.3", Leases: len(b.leases), Problems: append([]string{}, b.trouble...)}
}

func (b *backend) Readiness() api.Readiness { return api.Readiness{Ready: true} }
func (b *backend) Links() api.LinkList      { return b.links }
func (b *backend) Pools() api.PoolList      { return api.PoolList{Pools: b.pools} }

func (b *backend) Explain(context.Context, api.ExplainQuery) (api.Explanations, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.explain, nil
}

// forget has it explain nothing any more.
func (b *backend) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.explain = api.Explanations{Exchanges: []api.Explanation{}}
}

// Hosts gives pages of the length that was asked for.
func (b *backend) Hosts(q api.HostQuery) (p api.HostPage, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := 0
	for from < len(b.hosts) && b.hosts[from].Name <= q.After {
		from++
	}
	to := min(from+q.Limit, len(b.hosts))
	p.Hosts = append([]api.Host{}, b.hosts[from:to]...)
	if to < len(b.hosts) {
		p.Next = b.hosts[to-1].Name
	}
	return p, nil
}

func (b *backend) Host(name string) (api.Host, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.hosts {
		if h.Name == name {
			return h, nil
		}
	}
	return api.Host{}, &api.NotFoundError{What: name}
}

func (b *backend) Leases(api.LeaseQuery) (api.LeasePage, error) {
	return api.LeasePage{Leases: append([]api.Lease{}, b.leases...)}, nil
}

func (b *backend) Events(ctx context.Context, q api.EventQuery) api.EventPage {
	for {
		b.mu.Lock()
		from, more := q.Since, b.more
		if q.Now {
			from = uint64(len(b.events))
			q.Since, q.Now = from, false
		}
		p := api.EventPage{Events: append([]event.Event{}, b.events[min(from, uint64(len(b.events))):]...), Next: uint64(len(b.events))}
		b.mu.Unlock()
		if len(p.Events) > 0 || q.Wait == 0 {
			return p
		}
		select {
		case <-more:
		case <-ctx.Done():
			return p
		}
	}
}

func (b *backend) SetState(_ context.Context, name string, s host.State) (api.Host, error) {
	if name == "locked01" {
		return api.Host{}, &api.ConflictError{Err: errors.New("locked01 is <b>locked</b>")}
	}
	b.mu.Lock()
	b.changes = append(b.changes, fmt.Sprintf("%s %s", name, s))
	b.mu.Unlock()
	b.tell(event.Event{Kind: event.StateChanged, Host: name, State: s.String()})
	return b.Host(name)
}

func (b *backend) SetInstalled(ctx context.Context, name string, _ ident.DUID) (api.Host, error) {
	return b.SetState(ctx, name, host.Installed)
}

func (b *backend) Release(_ context.Context, p netip.Prefix) (api.Lease, error) {
	b.mu.Lock()
	b.changes = append(b.changes, "release "+p.String())
	b.mu.Unlock()
	b.tell(event.Event{Kind: event.Released, Host: "web01", Prefix: p})
	return b.leases[0], nil
}

// gate knows the tokens reader and admin.
type gate struct{}

func (gate) Find(token string) (name string, admin, ok bool) {
	return token, token == "admin", token == "admin" || token == "reader"
}
func (gate) Missing() error        { return &api.UnauthorizedError{Err: errors.New("no API token")} }
func (gate) ReadOnly(string) error { return &api.ForbiddenError{Err: errors.New("read-only")} }
func (gate) Wrong(netip.Addr) error {
	return &api.UnauthorizedError{Err: errors.New("that is no API token")}
}

// overTLS serves a backend as it is served to other machines, and gives the
// address of the page.
func overTLS(t *testing.T, b *backend) string {
	t.Helper()
	s := httptest.NewTLSServer(server.NewRemoteHandler(b, prometheus.NewRegistry(), gate{}))
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	return s.URL
}

// onSocket serves a backend as it is served over the unix socket, which somebody
// forwarded.
func onSocket(t *testing.T, b *backend) string {
	t.Helper()
	s := httptest.NewServer(server.NewHandler(b, prometheus.NewRegistry()))
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	return s.URL
}

func hostOf(n int, state host.State) api.Host {
	return api.Host{
		Name: fmt.Sprintf("web%02d", n), State: state, StateInSource: state, Source: "hosts.yml:7:3", Tags: []string{"rhel"},
		Interfaces: []api.HostInterface{{MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, byte(n >> 8), byte(n)}}, Addresses: []string{fmt.Sprintf("2001:db8:10::%x", 0x100+n)}}},
	}
}

// network is one of a few machines of which some have trouble.
func network() *backend {
	b := newBackend()
	for n := range 40 {
		b.hosts = append(b.hosts, hostOf(n, []host.State{host.Installed, host.Installed, host.Deploy, host.New}[n%4]))
	}
	b.hosts[3].State = host.Locked
	b.leases = []api.Lease{{
		Prefix: netip.MustParsePrefix("2001:db8:10::101/128"), State: "active", Host: "web01", DUID: "\x00\x03\x00\x01\x52\x54\x00\xaa\x00\x01",
		Link: "prov0", Pool: "final", Stage: stage.Final, Valid: 86400, Until: began.Add(24 * time.Hour), Updated: began,
	}}
	for n := range 24 {
		s := []stage.Stage{stage.Firmware, stage.Loader, stage.Installer, stage.Installer, stage.Final, stage.Final}[n%6]
		b.tell(event.Event{Kind: event.StageChanged, Host: fmt.Sprintf("web%02d", n), Stage: s, Link: "prov0"})
	}
	b.tell(
		event.Event{Kind: event.Seen, MAC: ident.MAC{0x52, 0x54, 0, 0xff, 0, 1}, Link: "prov0", Stage: stage.Firmware, Source: "eui64"},
		event.Event{Kind: event.Denied, Host: "web07", Prefix: netip.MustParsePrefix("2001:db8:10::107/128"), Other: "web05", Link: "prov0", Source: "final", Reason: "in-use", Text: "2001:db8:10::107 is held by web05 until 14:20"},
	)
	b.trouble = []string{"the lease store fails: write leases: no space left on device"}
	b.links = api.LinkList{Watched: true, Servers: []api.OtherServer{}, Links: []api.Link{{Name: "prov0", Problems: []api.LinkProblem{{
		Name: "managed-flag-missing", Text: "no router advertisement with the M flag was seen on prov0", Since: began,
	}}}}}
	b.pools = []api.Pool{
		pool("deploy", "2001:db8:10::d:0/112", 1<<16, 61000), pool("guests", "2001:db8:20::/64", 0, 5120), pool("small", "2001:db8:30::10-2001:db8:30::4f", 64, 12),
	}
	for n := range int64(200) {
		p := netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8:10::d:%x", n*n%65536)), 128)
		b.leases = append(b.leases, api.Lease{Prefix: p, State: "active", Host: "web00", Pool: "deploy", Stage: stage.Installer, Updated: began})
	}
	return b
}

// pool has a size of 0 for 2^64.
func pool(name, ranges string, size, active int64) api.Pool {
	all := big.NewInt(size)
	if size == 0 {
		all = new(big.Int).Lsh(big.NewInt(1), 64)
	}
	free := new(big.Int).Sub(all, big.NewInt(active+7))
	share, _ := new(big.Float).Quo(big.NewFloat(float64(active)), new(big.Float).SetInt(all)).Float64()
	return api.Pool{
		Plugin: name, Links: []string{"prov0"}, Ranges: []string{ranges}, Kind: "address", Unit: 128, Lengths: []int{128},
		Size: all, Excluded: big.NewInt(0), Reserved: big.NewInt(4), Active: big.NewInt(active), Offered: big.NewInt(2),
		Released: big.NewInt(0), Declined: big.NewInt(1), Remembered: big.NewInt(0), Free: free, Used: share,
	}
}

func (gate) Changed(string, *http.Request, int) {}
