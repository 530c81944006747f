package server

import (
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/wire"
)

// reasons gives the reasons for which the server drops, beside those of plugins.
func reasons() []string {
	all := []string{
		dropUnanswerable, dropMissingClientID, dropMissingServerID, dropWrongServerID, dropUnwantedServerID, dropInformationIA,
		dropConfirmUnjudged, dropByPlugin, dropPluginError, dropPluginPanic, dropPluginBusy, dropPluginSlow, dropClaimLost,
		dropReplyTooLong, DropOversize, DropStoreQueueFull, DropStoreFailed, DropReplyTooLate, DropAlreadyWaiting, DropPluginStuck, DropSocketClosed,
		DropAlreadyAnswering, DropClientFlood, DropNeighborFlood, DropSourceFlood, DropLinkFlood,
		dropUnjudged(dhcpv6.MessageTypeRenew), dropUnjudged(dhcpv6.MessageTypeRebind),
	}
	for _, t := range []dhcpv6.MessageType{
		dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeConfirm, dhcpv6.MessageTypeRebind, dhcpv6.MessageTypeInformationRequest,
		dhcpv6.MessageTypeRequest, dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRelease, dhcpv6.MessageTypeDecline,
	} {
		all = append(all, dropUnicast(t))
	}
	for r := wire.OK + 1; !strings.HasPrefix(r.String(), "reason("); r++ {
		all = append(all, r.String())
	}
	return all
}
