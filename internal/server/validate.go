package server

import (
	"bytes"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
)

// need says what one option must be in a message of some type.
type need uint8

const (
	optional need = iota
	required
	forbidden
)

// rule is what RFC 9915 section 16 demands of a message of one type.
type rule struct {
	clientID, serverID need
	unicast            bool // whether policy may accept it at a unicast address
}

// rules holds sections 16.2 to 16.12 for the messages that clients send. A
// type without an entry is not for servers.
var rules = [...]rule{
	dhcpv6.MessageTypeSolicit:            {required, forbidden, false},
	dhcpv6.MessageTypeRequest:            {required, required, true},
	dhcpv6.MessageTypeConfirm:            {required, forbidden, false},
	dhcpv6.MessageTypeRenew:              {required, required, true},
	dhcpv6.MessageTypeRebind:             {required, forbidden, false},
	dhcpv6.MessageTypeRelease:            {required, required, true},
	dhcpv6.MessageTypeDecline:            {required, required, true},
	dhcpv6.MessageTypeInformationRequest: {optional, optional, false},
}

// validate checks a decoded message as RFC 9915 section 16 says, and
// gives the reason to drop it, or nothing.
func (g *Generation) validate(s *exchange.State) string {
	m := &s.Msg
	r := rules[m.Type]
	if !answerable(s.Peer) {
		return dropUnanswerable
	}
	if len(m.Relays) == 0 && !s.Dst.IsMulticast() && !(r.unicast && g.settings.AcceptUnicast) {
		return dropUnicast(m.Type)
	}
	if reason := g.validateIDs(m.ClientID, m.ServerID, r); reason != "" {
		return reason
	}
	if m.Type == dhcpv6.MessageTypeInformationRequest && len(m.IAs) > 0 {
		return dropInformationIA // section 16.12
	}
	return ""
}

// answerable says whether a reply can be sent to a sender. Nothing is given to
// one who cannot hear of it.
func answerable(peer netip.AddrPort) bool {
	return peer.Port() != 0 && !peer.Addr().IsUnspecified() && !peer.Addr().IsMulticast()
}

func (g *Generation) validateIDs(client, server []byte, r rule) string {
	switch {
	case client == nil && r.clientID == required:
		return dropMissingClientID
	case server != nil && r.serverID == forbidden:
		return dropUnwantedServerID
	case server == nil && r.serverID == required:
		return dropMissingServerID
	case server != nil && !bytes.Equal(server, g.serverID):
		return dropWrongServerID
	}
	return ""
}
