package bindings_test

import (
	"testing"

	"github.com/stage6/stage6/internal/bindings"
)

func TestWhatIsPutIsNotWhatItsOwnerDoesWithItLater(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	put := tb.binding("alpha", "2001:db8::1")
	tb.apply(put)
	put.Host, put.Leases[0].Prefix = "somebody", prefix("2001:db8::2")
	changes, _ := tb.Take(nil, 1)
	after := changes[0].After
	if after.Host != "" || after.Leases[0].Prefix != prefix("2001:db8::1") {
		t.Errorf("what waits for the disk became %v of host %q", after.Leases, after.Host)
	}
	if got := tb.get("alpha"); !same(got, after) {
		t.Errorf("got %v, want %v", got, after)
	}
}

func TestTextsOutliveTheRoomTheyWereReadIn(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	tb.apply(tb.binding("alpha", "2001:db8::1"), tb.binding("beta", "2001:db8::2"))
	var room bindings.Room
	alpha := tb.GetIn(&room, []byte("alpha"), ia("alpha"))
	text := alpha.DUID
	room.Reset()
	if beta := tb.GetIn(&room, []byte("beta"), ia("beta")); beta != alpha || beta.DUID != "beta" {
		t.Errorf("the memory is not used again: %v", beta)
	}
	if text != "alpha" {
		t.Errorf("the text became %q", text)
	}
}

func TestARoomGivesEachBindingItsOwnMemory(t *testing.T) {
	var room bindings.Room
	a, b := room.Binding(), room.Binding()
	c := room.Copy(a)
	if a == b || b == c || a == c {
		t.Error("two bindings share their memory")
	}
	none := (*bindings.Room)(nil)
	if d, e := none.Binding(), none.Binding(); d == e {
		t.Error("what no room gives is shared")
	}
}
