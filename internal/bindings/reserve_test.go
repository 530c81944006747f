package bindings_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
)

func TestReservedAddressIsForWhoAsksForIt(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.addresses("2001:db8::/125")
	tb.SetReserved(prefixes("2001:db8::7"))
	at := prefix("2001:db8::7")
	for _, client := range []string{"alpha", "beta"} {
		if !tb.Offer([]byte(client), ia(client), at) {
			t.Errorf("%s is not offered it", client)
		}
	}
	tb.apply(tb.binding("alpha", "2001:db8::7"))
	if tb.Offer([]byte("beta"), ia("beta"), at) {
		t.Error("beta is offered what alpha holds")
	}
	if u := tb.Usage()[0]; u.Reserved != 1 || u.Leased != 1 || u.Offered != 0 {
		t.Errorf("usage: %+v", u)
	}
}

func TestReservedPrefixMayCoverAWholePool(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	pool := tb.pool(allocator.Spec{Name: "p", Ranges: []allocator.Range{ranged("2001:db8::1", "2001:db8::fff"), ranged("2001:db8::2000", "2001:db8::2fff")}}, allocator.Sequential)
	tb.apply(tb.released("alpha", 0, "2001:db8::1"))
	tb.SetReserved(prefixes("2001:db8::/112", "2001:db8:1::/64"))
	tb.check("reserved")
	if got := tb.pick(pool, "alpha"); got != "" {
		t.Errorf("got %q of what is reserved", got)
	}
	if !tb.Offer([]byte("p-1"), ia("p-1"), netip.MustParsePrefix("2001:db8::/112")) {
		t.Error("what is reserved is not offered as a whole")
	}
	tb.check("offered")
	tb.SetReserved(nil)
	tb.check("free again")
	if got := tb.pick(pool, "beta"); got != "" {
		t.Errorf("got %q of what is offered", got)
	}
	tb.now = tb.now.Add(time.Hour)
	if got := tb.pick(pool, "beta"); got != "2001:db8::2" {
		t.Errorf("got %q after the offer was over", got)
	}
}
