package validate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// optionRules are about which options an answer may have.
func optionRules() []rule {
	return []rule{
		{"RFC 9915, 21", "an option stands once, unless it may be repeated", repeated},
		{"RFC 9915, 21.16, 21.17", "vendor options stand once for each enterprise", repeatedEnterprise},
		{"RFC 9915, 21", "an option stands where it belongs", misplaced},
		{"RFC 9915, 21.5, 21.12", "options that are obsolete are not sent", obsolete},
		{"RFC 9915, 21.7", "an option is sent only to who asks for it", unasked},
		{"RFC 9915, 21.8", "a preference is one octet, in an Advertise", wrongPreference},
		{"RFC 9915, 18.3.1, 21.14", "a Solicit is answered by a Reply if both say Rapid Commit, which stands nowhere else", wrongRapidCommit},
	}
}

func repeated(e *exchange) (out []string) {
	seen := map[uint16]bool{}
	for _, o := range e.got.options {
		if seen[o.code] && !slices.Contains([]uint16{iaNA, iaPD, vendorClass, vendorOpts}, o.code) {
			out = append(out, fmt.Sprintf("option %d stands twice", o.code))
		}
		seen[o.code] = true
	}
	return out
}

func repeatedEnterprise(e *exchange) (out []string) {
	for _, code := range []uint16{vendorClass, vendorOpts} {
		seen := map[uint32]bool{}
		for _, data := range e.got.options.all(code) {
			if len(data) < 4 {
				out = append(out, fmt.Sprintf("option %d has no enterprise", code))
				continue
			}
			enterprise := binary.BigEndian.Uint32(data)
			if seen[enterprise] {
				out = append(out, fmt.Sprintf("option %d of enterprise %d stands twice", code, enterprise))
			}
			seen[enterprise] = true
		}
	}
	return out
}

// misplaced finds options of other messages, of relay agents, and such as stand in
// others.
func misplaced(e *exchange) (out []string) {
	wrong := []uint16{iaAddr, iaPrefix, oro, elapsed, relayMsg, interfaceID, reconfMsg, remoteID, subscriberID, echoRequest, rsoo, pdExclude, clientLLA, relayPort}
	if !e.sent.options.has(reconfAccept) {
		wrong = append(wrong, reconfAccept)
	}
	for _, o := range e.got.options {
		if slices.Contains(wrong, o.code) {
			out = append(out, fmt.Sprintf("option %d stands in a %s", o.code, name(e.got.kind)))
		}
	}
	return out
}

func obsolete(e *exchange) (out []string) {
	for _, code := range []uint16{iaTA, unicast} {
		if e.got.options.has(code) {
			out = append(out, fmt.Sprintf("option %d is sent", code))
		}
	}
	return out
}

// ownRules lists the options for which the protocol has rules of its own, so that
// nobody asks for them (RFC 9915 section 21.7).
func ownRules() []uint16 {
	return []uint16{
		clientID, serverID, iaNA, iaTA, iaAddr, oro, preference, elapsed, relayMsg, auth, unicast, statusCode, rapidCommit, interfaceID,
		reconfMsg, reconfAccept, iaPD, iaPrefix, remoteID, subscriberID, echoRequest, rsoo, pdExclude, clientLLA, relayPort,
	}
}

// unasked finds options that nobody asked for. The vendor class of a client that
// boots by HTTP is answered with one (UEFI specification, section 24.7).
func unasked(e *exchange) (out []string) {
	for _, o := range e.got.options {
		switch {
		case e.sent.asks(o.code), slices.Contains(ownRules(), o.code), slices.Contains(e.checker.Unasked, o.code):
		case o.code == vendorClass && bytes.Contains(e.sent.options.first(vendorClass), []byte("HTTPClient")):
		default:
			out = append(out, fmt.Sprintf("option %d is sent, and the client did not ask for it", o.code))
		}
	}
	return out
}

func wrongPreference(e *exchange) []string {
	data := e.got.options.first(preference)
	switch {
	case data == nil:
		return nil
	case e.got.kind != advertise:
		return []string{"it stands in a " + name(e.got.kind)}
	case len(data) != 1:
		return []string{fmt.Sprintf("it has %d octets", len(data))}
	}
	return nil
}

func wrongRapidCommit(e *exchange) []string {
	data := e.got.options.first(rapidCommit)
	wanted := e.sent.kind == solicit && e.got.kind == reply
	switch {
	case data == nil && wanted:
		return []string{"a Reply to a Solicit is without"}
	case data != nil && !wanted:
		return []string{fmt.Sprintf("it stands in a %s to a %s", name(e.got.kind), name(e.sent.kind))}
	case wanted && !e.sent.options.has(rapidCommit):
		return []string{"the client did not ask for it"}
	case len(data) > 0:
		return []string{fmt.Sprintf("it has %d octets", len(data))}
	}
	return nil
}
