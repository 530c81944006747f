package icmp6

import (
	"net/netip"

	"github.com/mdlayher/ndp"
)

// Message is a message that came.
type Message struct {
	Interface uint32     // the index of where it came
	From      netip.Addr // without a zone
	Body      ndp.Message
	// Malformed is why the message does not count, or nothing: hop-limit, source,
	// code, syntax or, of our own side, no-hop-limit. Then there is no Body.
	Malformed string
}

// parse reads a message and checks it as RFC 4861 sections 6.1.1 and 6.1.2 say.
// The kernel has checked the checksum.
func parse(data []byte, from netip.Addr, hops int, index uint32) Message {
	m := Message{Interface: index, From: from.WithZone("")}
	switch {
	case hops != ndp.HopLimit:
		m.Malformed = "hop-limit" // it was forwarded by a router
	case len(data) > 1 && data[1] != 0:
		m.Malformed = "code"
	default:
		m.parseBody(data)
	}
	return m
}

func (m *Message) parseBody(data []byte) {
	body, ok := decode(data)
	if !ok {
		m.Malformed = "syntax"
		return
	}
	if _, ok := body.(*ndp.RouterAdvertisement); ok && !m.From.IsLinkLocalUnicast() {
		m.Malformed = "source" // section 6.1.2
		return
	}
	m.Body = body
}

// decode calls the library, of which a message must not make a way to end the
// server.
func decode(data []byte) (body ndp.Message, ok bool) {
	defer func() {
		if recover() != nil {
			body, ok = nil, false
		}
	}()
	body, err := ndp.ParseMessage(data)
	if err != nil {
		return nil, false
	}
	return body, true
}

// ParseOwn reads a message that this machine sends on an interface.
func ParseOwn(index uint32, data []byte) (Message, bool) {
	body, ok := decode(data)
	return Message{Interface: index, From: netip.IPv6Unspecified(), Body: body}, ok
}
