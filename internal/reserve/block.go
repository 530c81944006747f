package reserve

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// IsBlock says whether what is reserved is a block of addresses.
func IsBlock(p netip.Prefix, t ident.IAType) bool { return t == ident.NA && !p.IsSingleIP() }

// InBlock says whether p is an address of the block that may be given: all but
// the first.
func InBlock(p, block netip.Prefix) bool {
	return p.IsSingleIP() && block.Contains(p.Addr()) && p.Addr() != block.Addr()
}

// HoldOne holds one address of a block, none of those before first: the one
// that the client has, or asks for unless it only looks for servers, else the
// first that no other client has.
func HoldOne(x *pipeline.Exchange, ia pipeline.IA, block netip.Prefix, first netip.Addr) (netip.Prefix, bool) {
	may := func(p netip.Prefix) bool { return InBlock(p, block) && !p.Addr().Less(first) }
	if b := ia.Binding(); b != nil {
		for i := range b.Leases {
			if l := &b.Leases[i]; l.Live(x.Now()) && may(l.Prefix) && ia.Hold(l.Prefix) {
				return l.Prefix, true
			}
		}
	}
	if x.Type() != dhcpv6.MessageTypeSolicit {
		for i := range ia.NumHints() {
			if p := ia.Hint(i).Prefix; may(p) && ia.Hold(p) {
				return p, true
			}
		}
	}
	for a := first; block.Contains(a); a = a.Next() {
		if p := netip.PrefixFrom(a, 128); ia.Hold(p) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}
