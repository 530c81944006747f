package server

import "github.com/insomniacslk/dhcp/dhcpv6"

// The named reasons for which the server itself drops an exchange. Those of
// decoding are wire's, those of policy the plugins'.
const (
	dropOversize         = "oversize"
	dropMissingClientID  = "missing-client-id"
	dropMissingServerID  = "missing-server-id"
	dropWrongServerID    = "wrong-server-id"
	dropUnwantedServerID = "unexpected-server-id"
	dropInformationIA    = "information-request-with-ia"
	dropNoIA             = "no-ia"
	dropConfirmUnjudged  = "confirm-unjudged"
	dropRebindUnjudged   = "rebind-unjudged"
	dropByPlugin         = "plugin"
	dropPluginError      = "plugin-error"
	dropPluginPanic      = "plugin-panic"
	dropClaimLost        = "claim-lost"
	dropReplyTooLong     = "reply-too-long"
	dropStoreQueueFull   = "store-queue-full"
	dropStoreFailed      = "store-failed"
	dropNoServerID       = "no-server-id"
)

// dropUnicast names the drop of a client's message that was sent to a unicast
// address (RFC 9915 section 18.4).
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
