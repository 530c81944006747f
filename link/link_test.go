package link_test

import (
	"net/netip"
	"testing"

	"github.com/stage6/stage6/link"
)

func newLink(name string, prefixes ...string) *link.Link {
	l := &link.Link{Name: name}
	for _, p := range prefixes {
		l.Prefixes = append(l.Prefixes, netip.MustParsePrefix(p))
	}
	return l
}

func TestByAddress(t *testing.T) {
	site := newLink("site", "2001:db8::/32")
	rack := newLink("rack", "2001:db8:20::/64", "2001:db8:21::/64")
	copied := newLink("copied", "2001:db8:21::/64")
	table := link.NewTable([]*link.Link{site, rack, copied, newLink("bare")}, nil)
	for name, c := range map[string]struct {
		addr string
		want *link.Link
	}{
		"the longest prefix wins":               {"2001:db8:20::1", rack},
		"a link has several prefixes":           {"2001:db8:21::1", rack},
		"a shorter prefix takes what is left":   {"2001:db8:99::1", site},
		"an address of no link has none":        {"2001:db9::1", nil},
		"a link-local address has none":         {"fe80::1", nil},
		"an address of another family has none": {"192.0.2.1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := table.ByAddress(netip.MustParseAddr(c.addr)); got != c.want {
				t.Errorf("%s: got %v, want %v", c.addr, got, c.want)
			}
		})
	}
}

func TestByInterface(t *testing.T) {
	prov := newLink("prov0", "2001:db8:10::/64")
	table := link.NewTable([]*link.Link{prov}, map[uint32]*link.Link{3: prov})
	if got := table.ByInterface(3); got != prov {
		t.Errorf("interface 3: got %v", got)
	}
	if got := table.ByInterface(4); got != nil {
		t.Errorf("interface 4, which has no link: got %v", got)
	}
	if got := table.Links(); len(got) != 1 || got[0] != prov {
		t.Errorf("all links: got %v", got)
	}
}

func TestContains(t *testing.T) {
	l := newLink("prov0", "2001:db8:10::/64", "2001:db8:11::/64")
	for name, c := range map[string]struct {
		prefix string
		want   bool
	}{
		"an address of the first prefix":  {"2001:db8:10::1/128", true},
		"an address of the second prefix": {"2001:db8:11::1/128", true},
		"the prefix itself":               {"2001:db8:10::/64", true},
		"a part of it":                    {"2001:db8:10::/80", true},
		"more than it":                    {"2001:db8:10::/63", false},
		"an address of no prefix":         {"2001:db8:12::1/128", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := l.Contains(netip.MustParsePrefix(c.prefix)); got != c.want {
				t.Errorf("%s: got %t", c.prefix, got)
			}
		})
	}
}
