package daemon

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/pipeline"
)

// withTokens gives a service of two hosts without sockets, and its log.
func withTokens(t *testing.T) (*service, *logtest.Hook) {
	t.Helper()
	log, hook := logtest.NewNullLogger()
	table, told := bindings.New(time.Now, bindings.Options{}), events.New(time.Now)
	parts, err := assembly.Plugins(nil).Make(assembly.Surroundings{
		File:  config.File{Server6: config.Server6{TokenLifetime: time.Hour}},
		Table: table, Pools: table.NewPoolSet(), Log: logrus.New(), Clock: time.Now, Metrics: prometheus.NewRegistry(), Events: pipeline.NewEvents(told),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &service{clock: testClock(t), log: log, gate: newTokenGate(), events: told}
	s.current.Store(&generation{parts: parts})
	hosts := []host.Host{
		{Name: "web01", State: host.Deploy, Interfaces: []host.Interface{{
			MACs:      []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}},
			Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8:10::101/128")}},
		}}},
		{Name: "web02", State: host.Locked},
	}
	if err := parts.Hosts.Replace("hosts.yml", hosts); err != nil {
		t.Fatal(err)
	}
	if s.states, err = parts.LoadStates(t.Context(), memory.New()); err != nil {
		t.Fatal(err)
	}
	return s, hook
}

func TestATokenTellsItsHost(t *testing.T) {
	s, _ := withTokens(t)
	made, err := s.NewToken("web01")
	if err != nil || made.Token == "" {
		t.Fatalf("NewToken: %+v, %v", made, err)
	}
	got, err := s.VerifyToken(made.Token)
	if err != nil || got.Token != "" || got.Host != "web01" || got.State != host.Deploy || len(got.MACs) != 1 || got.Addresses[0] != "2001:db8:10::101" || !got.Expires.Equal(made.Expires) {
		t.Errorf("VerifyToken: %+v, %v", got, err)
	}
	var missing *api.NotFoundError
	if _, err := s.NewToken("web03"); !errors.As(err, &missing) {
		t.Errorf("of an unknown host: %v", err)
	}
	var conflict *api.ConflictError
	if _, err := s.NewToken("web02"); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "stage6 deploy web02") {
		t.Errorf("of a locked host: %v", err)
	}
}

func TestTokensAreCountedAndNeverLogged(t *testing.T) {
	s, hook := withTokens(t)
	made, err := s.NewToken("web01")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyToken(made.Token); err != nil {
		t.Error(err)
	}
	for _, already := range []bool{false, true} {
		if i, err := s.UseToken(t.Context(), made.Token, "\x00\x04abcdef"); err != nil || i.Already != already || i.State != host.Installed || i.DUID != "\x00\x04abcdef" {
			t.Errorf("UseToken: %+v, %v", i, err)
		}
	}
	if _, err := s.VerifyToken(made.Token); err == nil {
		t.Error("a token that was used counts")
	}
	if told := s.events.Read(events.Query{Kinds: []event.Kind{event.TokenUsed}}).Events; len(told) != 1 || told[0].Host != "web01" {
		t.Errorf("it was told of %+v, want web01 once", told)
	}
	want := map[string]float64{"verified": 1, "used": 1, "repeated": 1, "retired": 1, "foreign": 0, "expired": 0, "state": 0}
	if diff := cmp.Diff(want, asked(t, s.gate)); diff != "" {
		t.Errorf("results (-want +got)\n%s", diff)
	}
	for _, e := range hook.AllEntries() {
		line, err := e.String()
		if err != nil || strings.Contains(line, made.Token[8:16]) {
			t.Errorf("the log has the token: %s (%v)", line, err)
		}
	}
}

// asked gives how often the API was asked about tokens, by result.
func asked(t *testing.T, g *tokenGate) map[string]float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	if err := r.Register(g.asked); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			out[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
		}
	}
	return out
}

func TestManyWrongTokensAreNotExplained(t *testing.T) {
	s, hook := withTokens(t)
	made, err := s.NewToken("web01")
	if err != nil {
		t.Fatal(err)
	}
	var forbidden *api.ForbiddenError
	var tooMany *api.TooManyError
	explained, refused := 0, 0
	for range 10 * mostInSecond {
		switch _, err := s.VerifyToken("AcqhQMk8JmY3m2nTq0Jt7Ck1b3uX5dZ_"); {
		case errors.As(err, &forbidden):
			explained++
		case errors.As(err, &tooMany):
			refused++
		}
	}
	if explained < mostInSecond || explained+refused != 10*mostInSecond {
		t.Errorf("%d were explained and %d refused", explained, refused)
	}
	if n := len(hook.AllEntries()); n == 0 || n > explained/mostInSecond {
		t.Errorf("%d lines in the log", n)
	}
	if _, err := s.VerifyToken(made.Token); err != nil {
		t.Errorf("one that is right: %v", err)
	}
}

func TestAWindowIsASecond(t *testing.T) {
	var w window
	now := time.Unix(1_700_000_000, 0)
	for i := range mostInSecond {
		if !w.allow(now) {
			t.Fatalf("number %d is refused", i+1)
		}
	}
	if w.allow(now) {
		t.Errorf("more than %d are allowed", mostInSecond)
	}
	if !w.allow(now.Add(time.Second)) {
		t.Error("the first one of the next second is refused")
	}
}

func TestEndpointsForInstallers(t *testing.T) {
	taken, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.Addr().(*net.TCPAddr).AddrPort()
	if _, err := listenTCP(t.Context(), at, newGuests()); err == nil || !strings.Contains(err.Error(), "the port is in use") {
		t.Errorf("a port that is in use: %v", err)
	}
	l, err := listenTCP(t.Context(), netip.MustParseAddrPort("[2001:db8:ffff::1]:18067"), newGuests())
	if err != nil {
		t.Fatalf("an address that comes later: %v", err)
	}
	defer l.Close()
	web := (&service{gate: newTokenGate()}).webServer(&endpoint{Listener: l})
	if web.ReadTimeout == 0 || web.WriteTimeout == 0 || web.MaxHeaderBytes == 0 {
		t.Errorf("a server for other machines without bounds: %+v", web)
	}
}
