package server

import "github.com/insomniacslk/dhcp/dhcpv6"

// The named reasons for which the server itself drops an exchange. Those of
// decoding are wire's, those of policy the plugins'.
const (
	dropUnanswerable     = "unanswerable-source"
	dropMissingClientID  = "missing-client-id"
	dropMissingServerID  = "missing-server-id"
	dropWrongServerID    = "wrong-server-id"
	dropUnwantedServerID = "unexpected-server-id"
	dropInformationIA    = "information-request-with-ia"
	dropConfirmUnjudged  = "confirm-unjudged"
	dropByPlugin         = "plugin"
	dropPluginError      = "plugin-error"
	dropPluginPanic      = "plugin-panic"
	dropPluginBusy       = "plugin-busy"
	dropPluginSlow       = "plugin-slow"
	dropClaimLost        = "claim-lost"
	dropReplyTooLong     = "reply-too-long"
)

// The reasons that those name who carry datagrams to and from the server.
const (
	DropOversize       = "oversize"         // the datagram is longer than any that is served
	DropStoreQueueFull = "store-queue-full" // too much waits for the disk
	DropStoreFailed    = "store-failed"     // the lease could not be made durable
	DropReplyTooLate   = "reply-too-late"   // the disk took longer than the client has waited
	DropAlreadyWaiting = "already-waiting"  // the same message waits for evidence
	DropPluginStuck    = "plugin-stuck"     // a plugin blocked that did not say that it may
	DropSocketClosed   = "socket-closed"    // the socket was closed while the exchange waited
)

// The reasons that floods have; see Guard and flood.Queue.
const (
	DropAlreadyAnswering = "already-answering" // the same message is being answered
	DropClientFlood      = "client-flood"      // one client sends too many
	DropNeighborFlood    = "neighbor-flood"    // too many strangers on a link
	DropSourceFlood      = "source-flood"      // too much of one sender waits to be served
	DropLinkFlood        = "link-flood"        // too much of one link does
)

// dropUnjudged names the drop of a Renew or Rebind of a client whose link
// cannot be judged.
func dropUnjudged(t dhcpv6.MessageType) string {
	if t == dhcpv6.MessageTypeRenew {
		return "renew-unjudged"
	}
	return "rebind-unjudged"
}

// dropUnicast names the drop of a client's message that was sent to a unicast
// address (RFC 9915 section 16).
func dropUnicast(t dhcpv6.MessageType) string {
	switch t {
	case dhcpv6.MessageTypeSolicit:
		return "unicast-solicit"
	case dhcpv6.MessageTypeConfirm:
		return "unicast-confirm"
	case dhcpv6.MessageTypeRebind:
		return "unicast-rebind"
	case dhcpv6.MessageTypeInformationRequest:
		return "unicast-information-request"
	case dhcpv6.MessageTypeRequest:
		return "unicast-request"
	case dhcpv6.MessageTypeRenew:
		return "unicast-renew"
	case dhcpv6.MessageTypeRelease:
		return "unicast-release"
	}
	return "unicast-decline"
}
