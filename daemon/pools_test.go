package daemon

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/memory"
)

func TestPoolsTellExactlyHowMuchIsInUse(t *testing.T) {
	s := writable(t, memory.New())
	for _, spec := range []allocator.Spec{
		{Name: "small", Ranges: []allocator.Range{{First: netip.MustParseAddr("2001:db8:10::d00"), Last: netip.MustParseAddr("2001:db8:10::d0f")}}},
		{Name: "large", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:20::/64")}},
		{Name: "prefixes", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/40")}, Lengths: []int{56, 60}},
	} {
		if _, err := s.table.AddPool(spec, allocator.Hashed); err != nil {
			t.Fatal(err)
		}
	}
	create(t, s) // reserves ::d01
	leased(t, s, "", "2001:db8:10::d02")
	var got [][]string
	for _, p := range s.Pools().Pools {
		row := []string{p.Plugin, p.Kind, p.Ranges[0]}
		row = append(row, p.Links...)
		got = append(got, append(row, p.Size.String(), p.Excluded.String(), p.Reserved.String(), p.Active.String(), p.Free.String()))
	}
	want := [][]string{
		{"small", "address", "2001:db8:10::d00/124", "prov0", "16", "0", "1", "1", "14"},
		{"large", "address", "2001:db8:20::/64", "18446744073709551616", "16777345", "0", "0", "18446744073692774271"},
		{"prefixes", "prefix", "2001:db8:f000::/40", "1048576", "0", "0", "0", "1048576"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLeasesAreSelectedByLinkPoolAndStage(t *testing.T) {
	s := writable(t, memory.New())
	leased(t, s, "", "2001:db8:10::d02")
	for _, c := range []struct {
		q    api.LeaseQuery
		want int
	}{
		{api.LeaseQuery{Link: "prov0", Pool: "pool", Stage: "final"}, 1},
		{api.LeaseQuery{Link: "prov1"}, 0},
		{api.LeaseQuery{Pool: "other"}, 0},
		{api.LeaseQuery{Stage: "firmware"}, 0},
	} {
		c.q.Limit = 10
		if page, err := s.Leases(c.q); err != nil || len(page.Leases) != c.want {
			t.Errorf("%+v: %d leases, %v", c.q, len(page.Leases), err)
		}
	}
	if _, err := s.Leases(api.LeaseQuery{Stage: "x"}); kindOf(err) != "bad" {
		t.Errorf("of no stage: %v", err)
	}
}
