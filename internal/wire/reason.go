package wire

import (
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Reason says why a datagram cannot be served. The zero value is OK.
type Reason uint8

// Why Decode refuses a datagram.
const (
	OK                Reason = iota
	Truncated                // shorter than the header of its message
	RelayTruncated           // the same for a Relay-forward, or for the message in it
	NoRelayMessage           // a Relay-forward without a Relay Message option
	RelayDepth               // more than MaxRelays levels
	AdvertiseIn              // an Advertise, which only servers send
	ReplyIn                  // a Reply, the same
	ReconfigureIn            // a Reconfigure, the same
	RelayReplyIn             // a Relay-reply, the same
	UnknownType              // a type that this server does not serve
	DuplicateClientID        // two Client Identifier options
	ClientIDLength           // a Client Identifier that cannot be a DUID (RFC 9915 section 11.1)
	DuplicateServerID        // two Server Identifier options
	TooManyOptions           // more than MaxOptions
	TooManyIAs               // more than MaxIAs
)

// String gives the name under which the drop is counted, such as
// relay-truncated.
func (r Reason) String() string {
	names := [...]string{
		OK:                "ok",
		Truncated:         "truncated",
		RelayTruncated:    "relay-truncated",
		NoRelayMessage:    "no-relay-message",
		RelayDepth:        "relay-depth",
		AdvertiseIn:       "advertise-in",
		ReplyIn:           "reply-in",
		ReconfigureIn:     "reconfigure-in",
		RelayReplyIn:      "relay-reply-in",
		UnknownType:       "unknown-type",
		DuplicateClientID: "duplicate-client-id",
		ClientIDLength:    "client-id-length",
		DuplicateServerID: "duplicate-server-id",
		TooManyOptions:    "too-many-options",
		TooManyIAs:        "too-many-ias",
	}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// refuses says why a client message of type t is not served, or OK.
func refuses(t dhcpv6.MessageType) Reason {
	switch t {
	case dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeRequest, dhcpv6.MessageTypeConfirm,
		dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRebind, dhcpv6.MessageTypeRelease,
		dhcpv6.MessageTypeDecline, dhcpv6.MessageTypeInformationRequest:
		return OK
	case dhcpv6.MessageTypeAdvertise:
		return AdvertiseIn
	case dhcpv6.MessageTypeReply:
		return ReplyIn
	case dhcpv6.MessageTypeReconfigure:
		return ReconfigureIn
	case dhcpv6.MessageTypeRelayReply:
		return RelayReplyIn
	}
	return UnknownType
}
