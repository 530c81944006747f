package pipeline

import (
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/lease"
)

// Allocation is the order in which a pool is given out.
type Allocation uint8

const (
	// Hashed starts at a place that follows from DUID and IAID, so that a
	// client finds the same address again, and neighbours in time are not
	// neighbours in space.
	Hashed = Allocation(allocator.Hashed)
	// Random starts anywhere.
	Random = Allocation(allocator.Random)
	// Sequential gives the first free one from the start.
	Sequential = Allocation(allocator.Sequential)
)

// Range is the addresses from First to Last, both included.
type Range struct {
	First, Last netip.Addr
}

// RangeOf gives all addresses of p.
func RangeOf(p netip.Prefix) Range {
	p = p.Masked()
	b := p.Addr().As16()
	for i := p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return Range{First: p.Addr(), Last: netip.AddrFrom16(b)}
}

// AddressPool describes a pool of addresses.
type AddressPool struct {
	Name       string // as leases and counters show it
	Ranges     []Range
	Exclude    []Range // never given out
	Allocation Allocation
}

// PrefixPool describes a pool of prefixes for delegation.
type PrefixPool struct {
	Name       string
	Prefix     netip.Prefix
	Length     int   // of what is delegated when the client has no wish
	Lengths    []int // others that a client may ask for (RFC 8168)
	Exclude    []netip.Prefix
	Allocation Allocation
}

// Pool is a pool of addresses or prefixes, shared by all who describe the same
// one. It is safe for concurrent use.
type Pool struct {
	p *bindings.Pool
}

// Addresses makes a pool of addresses, or gives the one that is made of the
// same. It is an error if a range is empty or overlaps another pool in part.
func (p Pools) Addresses(c AddressPool) (*Pool, error) {
	return p.add(allocator.Spec{Name: c.Name, Ranges: ranges(c.Ranges), Exclude: ranges(c.Exclude)}, c.Allocation)
}

// Prefixes makes a pool of prefixes for delegation, as Addresses does.
func (p Pools) Prefixes(c PrefixPool) (*Pool, error) {
	spec := allocator.Spec{Name: c.Name, Prefixes: []netip.Prefix{c.Prefix}, Lengths: []int{c.Length}}
	for _, length := range c.Lengths {
		if !slices.Contains(spec.Lengths, length) {
			spec.Lengths = append(spec.Lengths, length)
		}
	}
	for _, x := range c.Exclude {
		spec.Exclude = append(spec.Exclude, allocator.Range(RangeOf(x)))
	}
	return p.add(spec, c.Allocation)
}

func (p Pools) add(spec allocator.Spec, a Allocation) (*Pool, error) {
	made, err := p.set.Add(spec, allocator.Policy(a))
	if err != nil {
		return nil, err
	}
	return &Pool{made}, nil
}

func ranges(in []Range) (out []allocator.Range) {
	for _, r := range in {
		out = append(out, allocator.Range(r))
	}
	return out
}

// Contains says whether the pool can give out the address, as a /128, or
// prefix.
func (p *Pool) Contains(prefix netip.Prefix) bool { return p.p.Contains(prefix) }

// Pick finds an address, as a /128, or prefix in a pool for the identity
// association: what the client has or had there, else what it names and is
// free, else a free one by the pool's order. It is held for the client for a
// short while. length, where not zero, is the prefix length to look for. It
// says false when the pool has nothing left.
func (a IA) Pick(p *Pool, length int) (netip.Prefix, bool) {
	prefix, ok := a.pick(p.p, length)
	if !ok {
		a.ia.Empty, a.ia.Exhausted = a.s.Plugin, p.p
	}
	return prefix, ok
}

func (a IA) pick(p *bindings.Pool, length int) (netip.Prefix, bool) {
	hints := a.s.HintPrefixes(a.ia)
	if a.s.Dry == nil {
		return a.s.Table.Pick(p, a.s.Msg.ClientID, a.ia.IA, hints, length)
	}
	prefix, ok := a.s.Table.Peek(p, a.s.Msg.ClientID, a.ia.IA, hints, length, a.s.Avoid(a.ia.IA))
	return prefix, ok && a.s.TryHold(a.ia.IA, prefix)
}

// Holder gives the binding that has a lease of the address, as a /128, or prefix
// which is live or rests, or nil. It is as that of IA.Binding, but unlike IA.Holder
// nothing that explain tells of.
func (x *Exchange) Holder(p netip.Prefix) *lease.Binding { return holder(&x.s, p) }

// Filled gives the part of a pool that is leased, or rests after it was given
// back, once so many more addresses are, or prefixes of its longest length: 0 to 1.
func (x *Exchange) Filled(p *Pool, more int) float64 {
	return x.s.Table.Filled(p.p, more)
}
