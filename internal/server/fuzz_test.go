package server_test

import (
	"context"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
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
	srv, table := assemble(f, filepath.Join("testdata", "everything"))
	w := srv.NewWorker()
	var buf []byte
	f.Fuzz(func(t *testing.T, datagram []byte, relay bool) {
		r, drop := w.Serve(context.Background(), buf[:0], datagram, arrivalFrom(relay))
		switch drop {
		case "plugin-panic", "plugin-error":
			t.Fatal(drop)
		case "":
			buf = r.Data[:0]
			if _, err := dhcpv6.FromBytes(r.Data); err != nil {
				t.Errorf("the reply cannot be read: %v\n%s", err, dhcptext.Format(r.Data))
			}
		}
		for _, err := range table.Check() {
			t.Error(err)
		}
	})
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
