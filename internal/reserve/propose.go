package reserve

import (
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Propose proposes what is reserved for the exchange's host on its link: the
// addresses for one IA_NA, the prefixes for one IA_PD, listed under the name of
// a pool. What another client holds held is told of, and gives the binding that
// gives it up, or nil. The exchange has a host and a link.
func Propose(x *pipeline.Exchange, pool string, held Held) {
	f := OnLink(x)
	var space [Max]netip.Prefix
	for _, t := range [...]ident.IAType{ident.NA, ident.PD} {
		propose(x, f, t, Append(space[:0], f, x.Link(), t), pool, held)
	}
}

// Held is told that another client holds what is reserved for the exchange's host.
type Held func(*pipeline.Exchange, pipeline.IA, netip.Prefix) *lease.Binding

// propose proposes what is reserved for the identity association that it is
// for, without what another client goes on holding. When nothing is left the
// matter stays open, so that a pool can serve.
func propose(x *pipeline.Exchange, f *host.Interface, t ident.IAType, reserved []netip.Prefix, pool string, held Held) {
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
		grant, ok := pipeline.Grant{Prefix: p, Pool: pool}, false
		if IsBlock(p, t) {
			grant.Prefix, ok = HoldOne(x, ia, p, p.Addr().Next())
		} else {
			ok = ia.Hold(p)
		}
		if !ok {
			grant.Prefix, grant.From = p, held(x, ia, p)
		}
		if ok || grant.From != nil {
			grants = append(grants, grant)
		}
	}
	ia.Propose(grants...)
}
