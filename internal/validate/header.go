package validate

import (
	"bytes"
	"fmt"
	"slices"
)

// headerRules are about what every answer has.
func headerRules() []rule {
	return []rule{
		{"RFC 9915, 18.3", "an answer is of the type that the message calls for", wrongType},
		{"RFC 9915, 16.3, 16.10", "an answer has the message's transaction ID", wrongTransaction},
		{"RFC 9915, 18.3", "an answer has the client's identifier, octet by octet, if the client sent one", wrongClient},
		{"RFC 9915, 18.3, 21.3", "an answer has one server identifier", wrongServer},
		{"RFC 9915, 11.1", "a DUID has a type and at most 128 octets beside it", wrongDUID},
		{"RFC 9915, 16.4, 16.6, 16.8, 16.9", "only the server that a message names answers it", otherServer},
	}
}

// calledFor lists the answers that a message may get. A Reply to a Solicit has a
// rule of its own.
func calledFor(sent byte) []byte {
	switch sent {
	case solicit:
		return []byte{advertise, reply}
	case request, confirm, renew, rebind, release, decline, informationRequest:
		return []byte{reply}
	}
	return nil
}

func wrongType(e *exchange) []string {
	if slices.Contains(calledFor(e.sent.kind), e.got.kind) {
		return nil
	}
	return []string{fmt.Sprintf("a %s answers a %s", name(e.got.kind), name(e.sent.kind))}
}

func wrongTransaction(e *exchange) []string {
	if e.got.xid == e.sent.xid {
		return nil
	}
	return []string{fmt.Sprintf("%x answers %x", e.got.xid, e.sent.xid)}
}

func wrongClient(e *exchange) []string {
	sent, got := e.sent.options.all(clientID), e.got.options.all(clientID)
	switch {
	case len(sent) == 0 && len(got) > 0:
		return []string{fmt.Sprintf("it has %x, and the client named none", got[0])}
	case len(sent) > 0 && len(got) == 0:
		return []string{"it has none"}
	case len(sent) > 0 && !bytes.Equal(sent[0], got[0]):
		return []string{fmt.Sprintf("it has %x, and the client sent %x", got[0], sent[0])}
	}
	return nil
}

func wrongServer(e *exchange) []string {
	if n := len(e.got.options.all(serverID)); n != 1 {
		return []string{fmt.Sprintf("it has %d", n)}
	}
	return nil
}

func wrongDUID(e *exchange) []string {
	for _, id := range e.got.options.all(serverID) {
		if len(id) < 3 || len(id) > 130 {
			return []string{fmt.Sprintf("the server's has %d octets in all", len(id))}
		}
	}
	return nil
}

func otherServer(e *exchange) []string {
	want, got := e.sent.options.first(serverID), e.got.options.first(serverID)
	if want == nil || got == nil || bytes.Equal(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%x answers a message to %x", got, want)}
}
