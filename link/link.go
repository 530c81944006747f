// Package link names the links that clients are on and selects one for each
// exchange.
package link

import (
	"net/netip"
	"slices"
)

// Link is one link: an interface's, or one behind a relay agent. It is not
// changed once it is in a Table.
type Link struct {
	Name        string         // of the configuration, else the interface, else the first prefix
	Interface   string         // of this machine, or nothing for a link behind relays
	Prefixes    []netip.Prefix // what is on-link, of the kernel and of the configuration
	RapidCommit bool           // whether Rapid Commit (RFC 9915 section 18.3.1) is honoured
}

// Contains says whether the address or prefix p is on-link.
func (l *Link) Contains(p netip.Prefix) bool {
	for _, on := range l.Prefixes {
		if on.Bits() <= p.Bits() && on.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

// Table selects links. It is immutable and safe for concurrent use.
type Table struct {
	links      []*Link
	interfaces map[uint32]*Link
	bits       []int // prefix lengths present, longest first
	prefixes   map[netip.Prefix]*Link
}

// NewTable makes a table of links. interfaces gives the link of each interface
// index of this machine.
func NewTable(links []*Link, interfaces map[uint32]*Link) *Table {
	t := &Table{links: links, interfaces: interfaces, prefixes: map[netip.Prefix]*Link{}}
	for _, l := range links {
		for _, p := range l.Prefixes {
			if _, taken := t.prefixes[p]; !taken {
				t.prefixes[p] = l
			}
			if !slices.Contains(t.bits, p.Bits()) {
				t.bits = append(t.bits, p.Bits())
			}
		}
	}
	slices.SortFunc(t.bits, func(a, b int) int { return b - a })
	return t
}

// Links gives all links. The caller does not change them.
func (t *Table) Links() []*Link { return t.links }

// ByInterface gives the link of a direct client's interface, or nil.
func (t *Table) ByInterface(index uint32) *Link { return t.interfaces[index] }

// ByAddress gives the link with the longest prefix that contains a relay's
// link-address, or nil.
func (t *Table) ByAddress(a netip.Addr) *Link {
	for _, bits := range t.bits {
		p, err := a.Prefix(bits)
		if err != nil {
			return nil
		}
		if l := t.prefixes[p]; l != nil {
			return l
		}
	}
	return nil
}
