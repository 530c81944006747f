package final

import (
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/pipeline"
)

// lend proposes to an early stage an address of each of the machine's blocks.
// Their second address is the installed system's. A block that has none left is
// passed over, so that another plugin can serve.
func (h *handler) lend(x *pipeline.Exchange, f *host.Interface) {
	var space [reserve.Max]netip.Prefix
	reserved := reserve.Append(space[:0], f, x.Link(), ident.NA)
	ia, ok := reserve.Choose(x, f, ident.NA, reserved)
	if !ok {
		return
	}
	var few [2]pipeline.Grant // few hosts have more
	grants := few[:0]
	for _, p := range reserved {
		if !reserve.IsBlock(p, ident.NA) {
			continue
		}
		if held, ok := reserve.HoldOne(x, ia, p, p.Addr().Next().Next()); ok {
			grants = append(grants, pipeline.Grant{Prefix: held, Preferred: h.preferred, Valid: h.valid, Pool: h.name})
		}
	}
	ia.Propose(grants...)
}
