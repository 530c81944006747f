package validate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// relayRule is one of levels of Relay-replies.
type relayRule struct {
	section, says string
	breaches      func(up, down *level) []string
}

// relayRules lists those of one level.
func relayRules() []relayRule {
	return []relayRule{
		{"RFC 9915, 19.3", "a Relay-forward is answered by a Relay-reply", wrongLevel},
		{"RFC 9915, 19.3", "each level has the hop count of the Relay-forward", wrongHops},
		{"RFC 9915, 19.3", "each level has the link-address and the peer-address of the Relay-forward", wrongPlace},
		{"RFC 9915, 19.3", "each level has the Interface-Id of the Relay-forward, if it has one", wrongInterface},
		{"RFC 8357, 5", "each level has the relay port of the Relay-forward, if it has one", wrongPort},
		{"RFC 9915, 19.3", "each level carries one message", wrongCarried},
		{"RFC 9915, 19.3", "a Relay-reply has as many levels as the Relay-forward", wrongDepth},
		{"RFC 9915, 21; RFC 4994, 4", "a level has no options but those for it, and what its relay agent asks to have back", wrongForRelay},
	}
}

// level is a relay message (RFC 9915 section 9).
type level struct {
	kind, hops byte
	link, peer netip.Addr
	options    options
}

func isRelay(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == relayForward || raw[0] == relayReply)
}

func parseRelay(raw []byte) (l level, err error) {
	const header = 34
	if len(raw) < header {
		return l, errors.New("it has no header")
	}
	l = level{kind: raw[0], hops: raw[1], link: netip.AddrFrom16([16]byte(raw[2:])), peer: netip.AddrFrom16([16]byte(raw[18:]))}
	l.options, err = parseOptions(raw[header:])
	return l, err
}

// carried is the message in a level, or nil.
func (l *level) carried() []byte { return l.options.first(relayMsg) }

func wrongLevel(_, down *level) []string {
	if down.kind == relayReply {
		return nil
	}
	return []string{"it is a " + name(down.kind)}
}

func wrongHops(up, down *level) []string {
	if down.hops == up.hops {
		return nil
	}
	return []string{fmt.Sprintf("%d answers %d", down.hops, up.hops)}
}

func wrongPlace(up, down *level) (out []string) {
	if down.link != up.link {
		out = append(out, fmt.Sprintf("link-address %v answers %v", down.link, up.link))
	}
	if down.peer != up.peer {
		out = append(out, fmt.Sprintf("peer-address %v answers %v", down.peer, up.peer))
	}
	return out
}

func wrongInterface(up, down *level) []string { return echoed(up, down, interfaceID) }

func wrongPort(up, down *level) []string { return echoed(up, down, relayPort) }

// echoed compares an option that comes back as it went.
func echoed(up, down *level, code uint16) []string {
	sent, got := up.options.all(code), down.options.all(code)
	if len(sent) == len(got) && (len(sent) == 0 || bytes.Equal(sent[0], got[0])) {
		return nil
	}
	return []string{fmt.Sprintf("option %d is %x, and was %x", code, got, sent)}
}

func wrongCarried(_, down *level) []string {
	if n := len(down.options.all(relayMsg)); n != 1 {
		return []string{fmt.Sprintf("one carries %d", n)}
	}
	return nil
}

func wrongDepth(up, down *level) []string {
	sent, got := up.carried(), down.carried()
	if got == nil || isRelay(sent) == isRelay(got) {
		return nil
	}
	return []string{fmt.Sprintf("a %s answers a %s", name(first(got)), name(first(sent)))}
}

func first(raw []byte) byte {
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}

func wrongForRelay(up, down *level) (out []string) {
	for _, o := range down.options {
		if !slices.Contains([]uint16{relayMsg, interfaceID, relayPort, vendorOpts}, o.code) && !up.wantsBack(o.code) {
			out = append(out, fmt.Sprintf("option %d", o.code))
		}
	}
	return out
}

// wantsBack says whether a relay agent asks for an option of its own (RFC 4994
// section 4).
func (l *level) wantsBack(code uint16) bool {
	for list := l.options.first(echoRequest); len(list) >= 2; list = list[2:] {
		if binary.BigEndian.Uint16(list) == code {
			return l.options.has(code)
		}
	}
	return false
}
