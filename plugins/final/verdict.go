package final

import (
	"net/netip"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// verdict says what stands between a client and what is reserved for its
// machine.
type verdict uint8

const (
	free     verdict = iota // nothing
	handover                // another client of the machine has it, and gives it up
	contest                 // so has another installed system, which does so once
	// From here on the client does not get it.
	superseded // it had it, and another client of the machine has it now
	conflict   // two installed systems of the machine go on asking for it
	locked     // the operator wants it to stay with who has it
	foreign    // another machine has it
	doubtful   // nothing to be trusted says that the client is the machine
	inUse      // it was found in use by who was given it
)

// judge says what stands between the client and a reservation, which holder
// has; nil for nobody.
func (h *handler) judge(x *pipeline.Exchange, ia pipeline.IA, p netip.Prefix, holder *lease.Binding) verdict {
	switch {
	case holder == nil || isOwn(x, ia, holder):
		return free
	case holder.Lease(p).State == lease.Declined:
		return inUse
	case !reserve.IsOf(x.Host(), holder):
		return foreign
	case x.Type() == dhcpv6.MessageTypeRenew || x.Type() == dhcpv6.MessageTypeRebind:
		return superseded
	case x.Host().State == host.Locked && holder.Stage == stage.Final && string(holder.DUID) != string(x.ClientID()):
		return locked
	case !x.HostTrusted() && string(holder.DUID) != string(x.ClientID()):
		return doubtful
	case holder.Stage != stage.Final || !holder.Vouched || h.bootedSince(x, holder):
		return handover // who had it on his word alone does not take it back
	case holder.Contested:
		return conflict
	}
	return contest
}

// isOwn says whether the binding is that of the identity association.
func isOwn(x *pipeline.Exchange, ia pipeline.IA, b *lease.Binding) bool {
	return b.IA == ia.IA() && string(b.DUID) == string(x.ClientID())
}

// usual is how many bindings a machine has at most, in practice.
const usual = 16

// bootedSince says whether the machine went through an early stage after the
// holder was last answered: then the holder is the system of before.
func (h *handler) bootedSince(x *pipeline.Exchange, holder *lease.Binding) bool {
	return slices.ContainsFunc(x.AppendHostRecords(make([]*lease.Binding, 0, usual)), func(b *lease.Binding) bool {
		return b.Stage != stage.Final && b.Stage != stage.Unknown && b.Updated.After(holder.Updated)
	})
}
