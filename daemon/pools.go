package daemon

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/link"
)

// Pools gives the pools and their use.
func (s *service) Pools() api.PoolList {
	list := api.PoolList{Pools: []api.Pool{}}
	links := s.linkTable().Links()
	for _, p := range s.table.Survey() {
		list.Pools = append(list.Pools, describePool(p, links))
	}
	return list
}

func describePool(p bindings.Survey, links []*link.Link) api.Pool {
	out := api.Pool{
		Plugin: p.Name, Ranges: []string{}, Kind: "prefix", Unit: p.Unit, Lengths: p.Lengths,
		Size: p.Units, Excluded: p.Excluded, Free: p.Free, Reserved: whole(p.Reserved), Active: whole(p.Leased), Offered: whole(p.Offered),
		Released: whole(p.Resting), Declined: whole(p.Declined), Remembered: whole(p.Remembered),
	}
	if len(p.Uses) > 0 {
		out.Plugin, out.Also = p.Uses[0], p.Uses[1:]
	}
	if p.Unit == 128 {
		out.Kind = "address"
	}
	for _, r := range p.Spans {
		out.Ranges = append(out.Ranges, describeRange(r))
		for _, l := range links {
			if out.Kind == "address" && l.Contains(netip.PrefixFrom(r.First, 128)) && !slices.Contains(out.Links, l.Name) {
				out.Links = append(out.Links, l.Name)
			}
		}
	}
	out.Used = usedPart(&out)
	return out
}

func whole(n int) *big.Int { return big.NewInt(int64(n)) }

// describeRange writes what a pool consists of as a prefix where it is one.
func describeRange(r allocator.Range) string {
	for bits := range 129 {
		p := netip.PrefixFrom(r.First, bits)
		if p == p.Masked() && lastOf(p) == r.Last {
			return short(p)
		}
	}
	return fmt.Sprintf("%s-%s", r.First, r.Last)
}

// lastOf gives the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As16()
	for i := p.Bits(); i < 128; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom16(b)
}

// usedPart gives the part of what can be given out that is not free.
func usedPart(p *api.Pool) float64 {
	can := new(big.Int).Sub(p.Size, p.Excluded)
	can.Sub(can, p.Reserved)
	if can.Sign() <= 0 {
		return 1
	}
	free, _ := new(big.Rat).SetFrac(p.Free, can).Float64()
	return max(0, 1-free)
}
