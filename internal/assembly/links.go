package assembly

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/link"
)

// Interface is one interface of this machine and what the kernel knows to be
// on-link there.
type Interface struct {
	Index     uint32
	Name      string
	Prefixes  []netip.Prefix
	Addresses []netip.Addr // of this machine there
	Up        bool         // whether there is a carrier
}

// Links joins what the kernel knows with what the configuration says. A
// configured link that names an interface, or has a prefix of an interface's,
// is that interface's; others are behind relays.
func Links(kernel []Interface, configured []config.Link, rapidCommit bool) *link.Table {
	var links []*link.Link
	byIndex := map[uint32]*link.Link{}
	for _, a := range kernel {
		l := &link.Link{Name: a.Name, Interface: a.Name, Prefixes: slices.Clone(a.Prefixes), RapidCommit: rapidCommit}
		links, byIndex[a.Index] = append(links, l), l
	}
	for _, c := range configured {
		l := findLink(links, c)
		if l == nil {
			l = &link.Link{Interface: c.Interface, RapidCommit: rapidCommit}
			links = append(links, l)
		}
		applyLink(l, c)
	}
	return link.NewTable(links, byIndex)
}

// findLink gives the link that a configured one is about, or nil.
func findLink(links []*link.Link, c config.Link) *link.Link {
	for _, l := range links {
		if c.Interface != "" && l.Interface == c.Interface {
			return l
		}
		if c.Interface == "" && slices.ContainsFunc(c.Prefixes, l.Contains) {
			return l
		}
	}
	return nil
}

func applyLink(l *link.Link, c config.Link) {
	for _, p := range c.Prefixes {
		if !slices.Contains(l.Prefixes, p) {
			l.Prefixes = append(l.Prefixes, p)
		}
	}
	if c.RapidCommit != nil {
		l.RapidCommit = *c.RapidCommit
	}
	switch {
	case c.Name != "":
		l.Name = c.Name
	case l.Name == "" && len(l.Prefixes) > 0:
		l.Name = l.Prefixes[0].String()
	}
}
