package bindings_test

import (
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

func TestLoadRefusesTwoHoldersOfOnePrefix(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	store := memory.New()
	for _, b := range []*lease.Binding{tb.binding("palpha", "2001:db8::/56"), tb.binding("pbeta", "2001:db8:0:1::/64")} {
		if err := store.Commit(t.Context(), []lease.Change{{After: b}}); err != nil {
			t.Fatal(err)
		}
	}
	err := tb.Load(t.Context(), store)
	if err == nil || !strings.Contains(err.Error(), "overlaps") || !strings.Contains(err.Error(), "70:61:6c:70:68:61") {
		t.Errorf("got %v", err)
	}
}

func stored(t *testing.T, bindings ...*lease.Binding) *memory.Store {
	t.Helper()
	store := memory.New()
	for _, b := range bindings {
		if err := store.Commit(t.Context(), []lease.Change{{After: b}}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestLoadKeepsAnAddressForWhoHoldsIt(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.addresses("2001:db8::/125")
	store := stored(t, tb.released("alpha", 0, "2001:db8::1"), tb.binding("beta", "2001:db8::1"), tb.released("gamma", 0, "2001:db8::2"))
	if err := tb.Load(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if h, _ := tb.Holder(prefix("2001:db8::1")); h.Binding == nil || h.Binding.DUID != "beta" {
		t.Errorf("held by %+v", h)
	}
	if got := tb.pick(pool, "beta"); got != "2001:db8::1" {
		t.Errorf("beta got %q", got)
	}
	if got := tb.pick(pool, "delta"); got != "2001:db8::3" {
		t.Errorf("delta got %q", got)
	}
	for _, c := range tb.commit() {
		if c.Before.DUID != "alpha" || c.After != nil && len(c.After.Leases) > 0 {
			t.Errorf("loading made the change %+v", c)
		}
	}
}

func TestLoadRefusesWhatNoTableWrites(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	b := tb.binding("alpha", "2001:db8::1")
	b.Leases[0].State = 9
	if err := tb.Load(t.Context(), stored(t, b)); err == nil || !strings.Contains(err.Error(), "state 9") {
		t.Errorf("got %v", err)
	}
}

func TestPoolsThatComeAfterTheLeasesKnowThem(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	if err := tb.Load(t.Context(), stored(t, tb.binding("alpha", "2001:db8::1"), tb.released("beta", 0, "2001:db8::2"))); err != nil {
		t.Fatal(err)
	}
	if !tb.Offer([]byte("gamma"), ia("gamma"), prefix("2001:db8::3")) {
		t.Fatal("no offer")
	}
	pool := tb.addresses("2001:db8::/125")
	want := bindings.Usage{Name: "2001:db8::/125", Size: 8, Leased: 1, Offered: 1, Remembered: 1}
	if got := tb.Usage(); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
	if got := tb.pick(pool, "delta"); got != "2001:db8::4" {
		t.Errorf("got %q", got)
	}
}
