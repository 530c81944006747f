package pool

import (
	"context"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// BenchmarkHandle measures what the plugin adds to a Solicit of a client that
// was offered an address before.
func BenchmarkHandle(b *testing.B) {
	x, s, h := newExchange(b, "[\"2001:db8:10::d:0/112\", \"2001:db8:20::d:0/112\"]")
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		s.IAs = s.IAs[:0]
		s.LoadIAs()
		if _, err := h.Handle(ctx, x); err != nil || !s.IAs[0].Decided {
			b.Fatal("no address was proposed", err)
		}
	}
}

func TestHandleAllocatesNothing(t *testing.T) {
	x, s, h := newExchange(t, "2001:db8:10::d:0/112")
	ctx := context.Background()
	n := testing.AllocsPerRun(100, func() {
		s.IAs = s.IAs[:0]
		s.LoadIAs()
		if _, err := h.Handle(ctx, x); err != nil || !s.IAs[0].Decided {
			t.Fatal("no address was proposed", err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for an exchange, want none", n)
	}
}

// newExchange makes a handler of the settings and a Solicit for it.
func newExchange(tb testing.TB, settings string) (*pipeline.Exchange, *exchange.State, pipeline.Handler) {
	tb.Helper()
	table := bindings.New(time.Now, bindings.Options{})
	set := table.NewPoolSet()
	node, err := strict.Parse("plugin.yml", []byte(settings))
	if err != nil {
		tb.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	env := pipeline.Env{Name: "pool", Log: logrus.NewEntry(log), Clock: time.Now, Hosts: host.NewRegistry(), Metrics: prometheus.NewRegistry(), Pools: pipeline.NewPools(set)}
	h, err := Plugin.New(func(into any) error { return strict.Decode(node, into) }, env)
	if err != nil {
		tb.Fatal(err)
	}
	set.Activate()
	msg, err := dhcptext.Parse("solicit 0a0b0c\n  client-id 00030001525400aabb01\n  ia-na 1 t1=0 t2=0\n")
	if err != nil {
		tb.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Reset(exchange.Arrival{Time: time.Now()})
	if reason := s.Msg.Decode(msg); reason != wire.OK || s.Type() != dhcpv6.MessageTypeSolicit {
		tb.Fatal(reason)
	}
	s.Table, s.Link = table, &link.Link{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	return x, s, h
}
