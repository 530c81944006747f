package reserve

import (
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// Propose proposes what is reserved for the exchange's host on its link: the
// addresses for one IA_NA, the prefixes for one IA_PD, listed under the name of
// a pool. The exchange has a host and a link.
func Propose(x *pipeline.Exchange, pool string, missed func(*pipeline.Exchange, netip.Prefix)) {
	f := OnLink(x)
	var space [Max]netip.Prefix
	for _, t := range [...]ident.IAType{ident.NA, ident.PD} {
		propose(x, f, t, Append(space[:0], f, x.Link(), t), pool, missed)
	}
}

// propose proposes what is reserved for the identity association that it is
// for, without what another client holds, which is missed. When nothing is left
// the matter stays open, so that a pool can serve.
func propose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix, pool string, missed func(*pipeline.Exchange, netip.Prefix)) {
	if len(reserved) == 0 {
		return
	}
	ia, ok := Choose(x, f, t, reserved)
	if !ok {
		return
	}
	var space [2]pipeline.Grant // few hosts have more
	grants := space[:0]
	for _, p := range reserved {
		held, ok := p, false
		if IsBlock(p, t) {
			held, ok = HoldOne(x, ia, p, p.Addr().Next())
		} else {
			ok = ia.Hold(p)
		}
		if !ok {
			missed(x, p)
			continue
		}
		grants = append(grants, pipeline.Grant{Prefix: held, Pool: pool})
	}
	ia.Propose(grants...)
}
