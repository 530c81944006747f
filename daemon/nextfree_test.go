package daemon

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// TestNextFree looks on a network with reservations, a pool, and leases of
// before the pool was there.
func TestNextFree(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	links := link.NewTable([]*link.Link{
		{Name: "prov0", Prefixes: prefixes("fe80::/64", "2001:db8:10::/64")},
		{Name: "lab0", Prefixes: prefixes("2001:db8:20::/64")},
		{Name: "plain0", Prefixes: prefixes("fe80::/64")},
	}, nil)
	table := bindings.New(func() time.Time { return now }, bindings.Options{})
	if _, err := table.AddPool(allocator.Spec{Name: "pool", Ranges: []allocator.Range{{First: netip.MustParseAddr("2001:db8:10::10"), Last: netip.MustParseAddr("2001:db8:10::12")}}}, allocator.Hashed); err != nil {
		t.Fatal(err)
	}
	for i, l := range []lease.Lease{
		{Prefix: prefixes("2001:db8:10::13/128")[0], State: lease.Active, Until: now.Add(time.Hour)},
		{Prefix: prefixes("2001:db8:10::14/128")[0], State: lease.Released, Until: now.Add(time.Hour)},
		{Prefix: prefixes("2001:db8:10::15/128")[0], State: lease.Active, Until: now.Add(-time.Hour)},
	} {
		b := &lease.Binding{Key: lease.Key{DUID: "\x00\x03\x00\x01", IA: ident.IA{Type: ident.NA, ID: uint32(i)}}, Leases: []lease.Lease{l}}
		if _, err := table.Apply(table.Epoch(), []*lease.Binding{b}); err != nil {
			t.Fatal(err)
		}
	}
	reserved := prefixes("2001:db8:10::/125", "2001:db8:10::8/125")
	for name, c := range map[string]struct {
		query      api.NextFreeQuery
		want, fail string
	}{
		"an address behind blocks, a pool and leases": {api.NextFreeQuery{Link: "prov0", Length: 128}, "2001:db8:10::15/128", ""},
		"the next block":                   {api.NextFreeQuery{Link: "prov0", Length: 125}, "2001:db8:10::18/125", ""},
		"the routers' addresses are none":  {api.NextFreeQuery{Link: "lab0", Length: 128}, "2001:db8:20::2/128", ""},
		"within a part of a link":          {api.NextFreeQuery{Within: prefixes("2001:db8:10::ff00/120")[0], Length: 128}, "2001:db8:10::ff00/128", ""},
		"within no link":                   {api.NextFreeQuery{Within: prefixes("2001:db8:77::/64")[0], Length: 128}, "2001:db8:77::/128", ""},
		"an address ::1 of no link":        {api.NextFreeQuery{Within: prefixes("2001:db8:77::1/128")[0], Length: 128}, "2001:db8:77::1/128", ""},
		"a prefix to delegate, of no link": {api.NextFreeQuery{Within: prefixes("2001:db8::/42")[0], Length: 64}, "2001:db8::/64", ""},
		"a prefix beside that of a link":   {api.NextFreeQuery{Within: prefixes("2001:db8:10::/60")[0], Length: 64}, "2001:db8:10:1::/64", ""},
		"nothing left":                     {api.NextFreeQuery{Within: prefixes("2001:db8:10::/124")[0], Length: 128}, "", "a free /128 in 2001:db8:10::/124 not found"},
		"a link that is none":              {api.NextFreeQuery{Link: "prov1", Length: 128}, "", `link "prov1" (links: prov0, lab0) not found`},
		"no link of several":               {api.NextFreeQuery{Length: 128}, "", "say on which link, or within which prefix, to look (links: prov0, lab0)"},
		"a link without prefixes":          {api.NextFreeQuery{Link: "plain0", Length: 128}, "", `link "plain0" has no prefix for a /128: say within which one to look`},
		"a prefix of another link":         {api.NextFreeQuery{Link: "prov0", Within: prefixes("2001:db8:20::/64")[0], Length: 128}, "", `2001:db8:20::/64 is not on link "prov0"`},
		"a block larger than any prefix":   {api.NextFreeQuery{Length: 48}, "", "no link has a prefix that fits: say within which one to look"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := nextFree(c.query, links, takenSet(table, links, c.query.Length, reserved, now))
			if c.fail != "" {
				if err == nil || err.Error() != c.fail {
					t.Errorf("got %v, want %s", err, c.fail)
				}
				return
			}
			if err != nil || got.Prefix.String() != c.want {
				t.Errorf("got %s, %v, want %s", got.Prefix, err, c.want)
			}
		})
	}
}
