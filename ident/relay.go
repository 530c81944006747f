package ident

import "net/netip"

// Relay is one relay agent that a message came through (RFC 9915 section 19).
// The byte slices point into the message; nil is absent.
type Relay struct {
	HopCount         uint8
	LinkAddress      netip.Addr // :: when the relay does not name the link (RFC 6221)
	PeerAddress      netip.Addr
	InterfaceID      []byte // option 18
	RemoteEnterprise uint32 // option 37 (RFC 4649)
	RemoteID         []byte // option 37, without the enterprise number
	SubscriberID     []byte // option 38 (RFC 4580)
	MAC              MAC    // option 79 (RFC 6939); zero when absent or malformed
	// Trusted says whether the level is of a relay agent that the
	// configuration trusts, so that a client cannot have made it up.
	Trusted bool
}
