package server_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// prov0 is the interface that the workers of these tests know, by its index.
const prov0 = 3

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newServer makes a server without leases that runs the steps.
func newServer(settings server.Settings, steps ...*server.Step) *server.Server {
	table := bindings.New(func() time.Time { return start }, bindings.Options{})
	l := &link.Link{Name: "prov0", Interface: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	links := link.NewTable([]*link.Link{l}, map[uint32]*link.Link{prov0: l})
	g := server.NewGeneration(settings, "\x00\x03\x00\x01\x52\x54\x00\x00\x00\x01", host.NewRegistry(), steps)
	return server.New(table, g, links)
}

// arrival is that of a client's message to the group.
func arrival() exchange.Arrival {
	return exchange.Arrival{
		Peer: netip.MustParseAddrPort("[fe80::5054:ff:feaa:bb01%prov0]:546"),
		Dst:  netip.MustParseAddr("ff02::1:2"), Port: 547, Interface: prov0, Time: start,
	}
}

// serve gives a worker a message in the form of dhcptext.
func serve(t *testing.T, w *server.Worker, a exchange.Arrival, text string) (server.Reply, string) {
	t.Helper()
	msg, err := dhcptext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return w.Serve(context.Background(), nil, msg, a)
}
