package server_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
)

// TestOneClientTakesFewAddressesOutOfServiceByDecline declines one address after
// the other: the last ones rest, the others are free again.
func TestOneClientTakesFewAddressesOutOfServiceByDecline(t *testing.T) {
	srv, table := assemble(t, filepath.Join("testdata", "hostile"))
	w := srv.NewWorker()
	var declined []netip.Prefix
	for range 100 {
		declined = append(declined, declineNext(t, w, table))
	}
	b := decliner(table)
	if len(b.Leases) != 16 {
		t.Errorf("%d addresses rest, want 16", len(b.Leases))
	}
	for _, p := range declined[84:] {
		if l := b.Lease(p); l == nil || l.State != lease.Declined {
			t.Errorf("%v was among the last that were declined and does not rest", p)
		}
	}
	for _, err := range table.Check() {
		t.Error(err)
	}
}

// declineNext requests an address and declines it.
func declineNext(t *testing.T, w *server.Worker, table *bindings.Table) netip.Prefix {
	t.Helper()
	const from = "  client-id 00030001525400aabb09\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n"
	if _, drop := serve(t, w, arrival(), "request 0a0b0c\n"+from); drop != "" {
		t.Fatalf("Request is dropped: %s", drop)
	}
	got := decliner(table).Leases[0]
	if got.State != lease.Active {
		t.Fatalf("the client has %v", got)
	}
	text := fmt.Sprintf("decline 0a0b0d\n%s    address %v preferred=0 valid=0\n", from, got.Prefix.Addr())
	if _, drop := serve(t, w, arrival(), text); drop != "" {
		t.Fatalf("Decline is dropped: %s", drop)
	}
	return got.Prefix
}

func decliner(table *bindings.Table) *lease.Binding {
	return table.Get([]byte("\x00\x03\x00\x01\x52\x54\x00\xaa\xbb\x09"), ident.IA{Type: ident.NA, ID: 1})
}
