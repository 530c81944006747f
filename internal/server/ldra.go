package server

import (
	"github.com/stage6/stage6/internal/exchange"
)

// LDRA is Lightweight DHCPv6 Relay Agents (RFC 6221) whose word about their
// clients is believed. They have no addresses: the operator says that on the link
// nobody else can send such an Interface-Id.
type LDRA struct {
	Link      string // its name
	Interface func(id []byte) bool
}

// isTrustedLDRA says whether a level, outside of which all are trusted, is of an
// LDRA that is to be believed. It is on the client's link: that which the relay
// agent outside of it names, or that of the interface, by which it came from a
// link-local address, since others can be sent from far away (RFC 6221 section
// 5.3.1: an LDRA keeps the client's). No relay agent inside of it may name
// another link, and what is inside of another LDRA is not believed, which may have
// it from a client.
func (g *Generation) isTrustedLDRA(s *exchange.State, level int) bool {
	if len(g.settings.TrustedLDRAs) == 0 || s.Link == nil || level == 0 && !s.Peer.Addr().IsLinkLocalUnicast() {
		return false
	}
	if level > 0 && s.Msg.Relays[level-1].LinkAddr.IsUnspecified() {
		return false
	}
	for i := range s.Msg.Relays[level:] {
		if !s.Msg.Relays[level+i].LinkAddr.IsUnspecified() {
			return false
		}
	}
	id := s.Msg.Relays[level].InterfaceID
	for i := range g.settings.TrustedLDRAs {
		if t := &g.settings.TrustedLDRAs[i]; t.Link == s.Link.Name && len(id) > 0 && t.Interface(id) {
			return true
		}
	}
	return false
}
