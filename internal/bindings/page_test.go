package bindings_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

func names(in []*lease.Binding) (out []string) {
	for _, b := range in {
		out = append(out, string(b.DUID))
	}
	slices.Sort(out)
	return out
}

func TestPagesGiveEveryBindingOnce(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	var want []string
	for i := range 10 {
		name := fmt.Sprintf("client %d", i)
		want = append(want, name)
		tb.apply(tb.binding(name))
	}
	var got []*lease.Binding
	for cursor := uint32(0); ; {
		if got, cursor = tb.Page(got, cursor, 3); cursor == 0 {
			break
		}
	}
	if !slices.Equal(names(got), want) {
		t.Errorf("got %q", names(got))
	}
}

func TestBindingsAreFoundByHost(t *testing.T) {
	tb := newTable(t, bindings.Options{})
	put := func(client, host string) {
		b := tb.binding(client)
		b.Host = host
		tb.apply(b)
	}
	for _, client := range []string{"alpha", "beta", "gamma"} {
		put(client, "web01")
	}
	put("delta", "")
	if got := names(tb.ByHost(nil, "web01")); !slices.Equal(got, []string{"alpha", "beta", "gamma"}) {
		t.Errorf("got %q", got)
	}
	put("gamma", "web02")
	put("alpha", "")
	if got := names(tb.ByHost(nil, "web01")); !slices.Equal(got, []string{"beta"}) {
		t.Errorf("got %q", got)
	}
	if got := names(tb.ByHost(nil, "web02")); !slices.Equal(got, []string{"gamma"}) {
		t.Errorf("got %q", got)
	}
	put("beta", "")
	if got := tb.ByHost(nil, "web01"); got != nil {
		t.Errorf("got %q", names(got))
	}
}
