package bindings_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

func TestLeaseIsVisibleAtOnce(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	b := tb.get("alpha")
	if b == nil || b.Leases[0].Prefix != prefix("2001:db8::1") {
		t.Fatalf("got %v", b)
	}
	h, ok := tb.Holder(prefix("2001:db8::1"))
	if !ok || !same(h.Binding, b) || h.Lease != &h.Binding.Leases[0] || h.Offered {
		t.Errorf("holder: %+v %v", h, ok)
	}
	if _, ok := tb.Holder(prefix("2001:db8::2")); ok {
		t.Error("an address that nobody has is held")
	}
	if tb.get("beta") != nil || tb.Len() != 1 {
		t.Errorf("somebody else is found, or %d bindings", tb.Len())
	}
}

func TestApplyIsAllOrNothing(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.binding("beta", "2001:db8::2"))
	puts := []*lease.Binding{tb.binding("gamma", "2001:db8::3"), tb.binding("delta", "2001:db8::1")}
	_, err := tb.Apply(tb.Epoch(), puts)
	var conflict *lease.ConflictError
	if !errors.As(err, &conflict) || !slices.Equal(conflict.Indexes, []int{1}) {
		t.Fatalf("got %v", err)
	}
	if tb.get("gamma") != nil || tb.Len() != 2 {
		t.Error("a part was applied")
	}
	tb.apply(tb.binding("alpha"), tb.binding("delta", "2001:db8::1"))
	if h, _ := tb.Holder(prefix("2001:db8::1")); h.Binding.DUID != "delta" {
		t.Error("the address did not move")
	}
}

func TestRollBackUndoesWhatIsNotDurable(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"))
	_, ticket := tb.Take(nil, 10)
	tb.Committed(ticket)
	epoch := tb.Epoch()
	tb.apply(tb.binding("alpha"), tb.binding("beta", "2001:db8::1"))
	tb.apply(tb.binding("beta", "2001:db8::2"))
	if p := tb.Pending(epoch, []byte("beta"), ia("beta")); p.Seq != 3 {
		t.Errorf("pending: %+v", p)
	}
	if taken, _ := tb.Take(nil, 1); len(taken) != 2 {
		t.Errorf("what was applied together was not taken together: %d", len(taken))
	}
	tb.RollBack()
	tb.check("rolled back")
	if tb.get("beta") != nil || len(tb.get("alpha").Leases) != 1 {
		t.Error("changes were not undone")
	}
	if _, err := tb.Apply(epoch, []*lease.Binding{tb.binding("gamma")}); err == nil {
		t.Error("a stale epoch was taken")
	}
	if left := tb.commit(); len(left) != 0 {
		t.Errorf("changes are left: %v", left)
	}
}

func TestARecordWhoseOnlyLeaseGaveWayIsDropped(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.released("alpha", time.Hour, "2001:db8::1"))
	over := tb.released("alpha", 0, "2001:db8::1")
	tb.apply(tb.binding("beta", "2001:db8::1"), over)
	if tb.get("alpha") != nil || tb.Len() != 1 {
		t.Errorf("the record is there, or %d are", tb.Len())
	}
}

func TestAHostWithManyBindingsShowsTheNewest(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	client := ""
	for i := range 1030 {
		client = fmt.Sprintf("client-%d", i)
		b := tb.binding(client)
		b.Host = "web01"
		tb.apply(b)
	}
	if all := tb.ByHost(nil, "web01"); len(all) != 1024 || string(all[0].DUID) != client {
		t.Errorf("got %d bindings, the first that of %s", len(all), all[0].DUID)
	}
}
