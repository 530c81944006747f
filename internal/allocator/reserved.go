package allocator

// The interface identifiers that no host may have (RFC 5453, with the registry
// of IANA): the subnet-router anycast address, those of IANA's Ethernet block,
// and the subnet anycast addresses of RFC 2526.
var identifiers = [...][2]uint64{
	{0, 0},
	{0x02005efffe000000, 0x02005efffeffffff},
	{0xfdffffffffffff80, 0xfdffffffffffffff},
}

// identifierEnd says whether an interface identifier is reserved, and gives
// the last that is with it.
func identifierEnd(id uint64) (uint64, bool) {
	for _, r := range identifiers {
		if r[0] <= id && id <= r[1] {
			return r[1], true
		}
	}
	return 0, false
}

// identifiers calls yield with the units of g whose interface identifiers are
// reserved. A mapped space reaches into two networks of /64 at most.
func (g *segment) identifiers(yield func(first, last uint64)) {
	for _, r := range identifiers {
		g.overlap(span{uint128{g.first.hi, r[0]}, uint128{g.first.hi, r[1]}}, 0, yield)
		if g.last.hi != g.first.hi {
			g.overlap(span{uint128{g.last.hi, r[0]}, uint128{g.last.hi, r[1]}}, 0, yield)
		}
	}
}
