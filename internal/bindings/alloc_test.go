package bindings_test

import (
	"testing"

	"github.com/stage6/stage6/internal/bindings"
)

// TestBindingsAreReadIntoARoom reads many bindings, one after the other.
func TestBindingsAreReadIntoARoom(t *testing.T) {
	const clients = 40_000
	tb := newTable(t, bindings.Options{})
	fill(t, tb, clients)
	var d [18]byte
	n, room := uint64(0), bindings.Room{}
	look := func() {
		n = n%clients + 1
		room.Reset()
		if b := tb.GetIn(&room, duid(&d, n), na); b == nil || string(b.DUID) != string(d[:]) {
			t.Fatalf("there is no binding %d, but %v", n, b)
		}
	}
	for range clients {
		look() // once, so that their texts are there
	}
	if allocs := testing.AllocsPerRun(clients, look); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestLookingUpAllocatesNothing(t *testing.T) {
	tb := newTable(t, bindings.Options{MaxOffers: 4})
	pool := tb.addresses("2001:db8::/120")
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	alpha, beta := []byte("alpha"), []byte("beta")
	hints := prefixes("2001:db8::1")
	n, room := byte(0), bindings.Room{}
	tests := []struct {
		name string
		do   func()
	}{
		{"Get", func() { room.Reset(); tb.GetIn(&room, alpha, ia("alpha")) }},
		{"Holder", func() { room.Reset(); tb.HolderIn(&room, hints[0]) }},
		{"Pending", func() { tb.Pending(tb.Epoch(), alpha, ia("alpha")) }},
		{"Offer of what is held", func() { tb.Offer(alpha, ia("alpha"), hints[0]) }},
		{"Offer that is refused", func() { tb.Offer(beta, ia("beta"), hints[0]) }},
		{"Pick for who has a lease", func() { tb.Pick(pool, alpha, ia("alpha"), nil, 0) }},
		{"Pick for who has an offer", func() { tb.Pick(pool, beta, ia("beta"), hints, 0) }},
		{"Pick for others", func() {
			n++
			beta[0] = n
			tb.Pick(pool, beta, ia("beta"), hints, 0)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for range 1000 {
				test.do()
			}
			if allocs := testing.AllocsPerRun(100, test.do); allocs != 0 {
				t.Errorf("%v allocations", allocs)
			}
		})
	}
}
