package server_test

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/hostile"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// FuzzServe gives the server any datagram, from a client or from a relay. Every
// one gets a reply that another implementation can read, or a named drop; no
// plugin fails, and the table stays consistent.
func FuzzServe(f *testing.F) {
	for _, d := range captured(f) {
		f.Add(d, false)
		f.Add(d, true)
	}
	msg, _ := solicit(f)
	f.Add(msg, true)
	addHostile(f)
	srv, table := assemble(f, filepath.Join("testdata", "everything"))
	w := srv.NewWorker()
	var buf []byte
	served := 0
	f.Fuzz(func(t *testing.T, datagram []byte, relay bool) {
		r, drop := w.Serve(context.Background(), buf[:0], datagram, arrivalFrom(relay))
		switch drop {
		case "plugin-panic", "plugin-error":
			t.Fatal(drop)
		case "":
			buf = r.Data[:0]
			if err := unreadable(datagram, r.Data); err != nil {
				t.Errorf("the reply cannot be read: %v\n%s", err, dhcptext.Format(r.Data))
			}
		}
		if served++; served%100 > 0 { // a check takes as long as hundreds of exchanges
			return
		}
		for _, err := range table.Check() {
			t.Error(err)
		}
	})
}

// unreadable says why the library refuses a reply, unless that is for the DUID,
// which is the client's and for which it wants more than RFC 9915 section 11.
func unreadable(datagram, reply []byte) error {
	var m wire.Message
	if reason := m.Decode(datagram); reason != wire.OK {
		return fmt.Errorf("it answers a datagram that is %s", reason)
	}
	if _, err := dhcpv6.DUIDFromBytes(m.ClientID); m.ClientID != nil && err != nil {
		return nil
	}
	_, err := dhcpv6.FromBytes(reply)
	return err
}

func arrivalFrom(relay bool) exchange.Arrival {
	a := arrival()
	if relay {
		a.Peer, a.Dst = netip.MustParseAddrPort("[2001:db8:20::1]:547"), netip.MustParseAddr("2001:db8:10::2")
	}
	return a
}

// captured gives the client messages of all captures.
func captured(tb testing.TB) (out [][]byte) {
	tb.Helper()
	files := captures(tb)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, d := range files[name] {
			out = append(out, d.data)
		}
	}
	return out
}

// addHostile adds the hostile cases, of those that are many of a kind the first.
func addHostile(f *testing.F) {
	for _, c := range hostile.Cases(nil) {
		if d := c.Datagrams[0]; len(d) < 1500 {
			f.Add(d, c.Way == hostile.Relayed)
		}
	}
}
