package condition

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// operator gives an operator, or what stands for its opposite.
func operator(unlike bool, op string) (before, between, after string) {
	switch {
	case !unlike:
		return "", " " + op + " ", ""
	case op == "==":
		return "", " != ", ""
	}
	return "not (", " " + op + " ", ")"
}

func test(unlike bool, subject, op, value string) string {
	before, between, after := operator(unlike, op)
	return before + subject + between + value + after
}

// compare writes the comparison of the part with a value.
func (p Part) compare(value []byte, unlike bool) (string, error) {
	if p.Length >= 0 && len(value) > p.Length {
		return fmt.Sprint(unlike), nil // longer than what it is compared with
	}
	if p.Length > len(value) {
		p.Length = -1 // it is as long only where the field ends with it
	}
	if len(value) == 0 {
		return p.empty(unlike)
	}
	switch p.Field.Source {
	case RelayOption:
		return p.ofRelay(value, unlike)
	case MAC:
		return p.inOctets("mac", value, unlike)
	case Peer, LinkAddress:
		return p.address(value, unlike)
	}
	return p.ofClient(value, unlike)
}

// empty compares with nothing: a field that is not there is as one without
// octets.
func (p Part) empty(unlike bool) (string, error) {
	if p.From > 0 || p.Length >= 0 || p.Field.Source != Option {
		return "", &Unsupported{"a comparison with nothing"}
	}
	return test(unlike, fmt.Sprintf("option[%d].length", p.Field.Code), "==", "0"), nil
}

func (p Part) ofClient(value []byte, unlike bool) (string, error) {
	switch p.Field.Code {
	case codeClientID:
		return p.clientID(value, unlike)
	case codeUserClass:
		return p.strings("user_class", 0, value, unlike)
	case codeVendorClass:
		return p.vendorClass(value, unlike)
	case codeArch:
		return p.arch(value, unlike)
	}
	return p.generic(fmt.Sprintf("option[%d]", p.Field.Code), value, unlike)
}

// clientID compares a DUID. The link-layer address in one is a fact of its own,
// and so is the enterprise number.
func (p Part) clientID(value []byte, unlike bool) (string, error) {
	if p.From == 8 && len(value) == 6 {
		return test(unlike, "duid_type == 1 and duid_mac", "==", octets(value)), onlyLike(unlike, p)
	}
	if p.From == 2 && p.Length == 4 && len(value) == 4 && value[0] == 0 {
		return test(unlike, "duid_enterprise", "==", fmt.Sprint(binary.BigEndian.Uint32(value))), nil
	}
	if p.From > 0 {
		return p.generic("option[1]", value, unlike)
	}
	return p.inOctets("duid", value, unlike)
}

// onlyLike refuses the opposite of what is written in two comparisons.
func onlyLike(unlike bool, p Part) error {
	if unlike {
		return &Unsupported{"that part of " + p.Field.String() + " is something else"}
	}
	return nil
}

// inOctets compares a fact that is octets, from its beginning.
func (p Part) inOctets(fact string, value []byte, unlike bool) (string, error) {
	switch {
	case p.From > 0:
		return "", &Unsupported{fmt.Sprintf("octet %d and following of %s", p.From, p.Field)}
	case p.Length < 0:
		return test(unlike, fact, "==", octets(value)), nil
	}
	return test(unlike, fact, "startsWith", octets(value)), nil
}

// strings compares a list of strings, which begins behind some octets.
func (p Part) strings(fact string, behind int, value []byte, unlike bool) (string, error) {
	list, whole := tuples(value)
	switch from := p.From - behind; {
	case from == 0 && whole && len(list) == 1 && printable(list[0]):
		return test(unlike, fact, "==", quoted(list[0])), nil
	case from == 0 && p.Length < 0 && printable(value): // clients that write no length
		return test(unlike, fact, "==", quoted(value)), nil
	case from == 0 && len(value) > 2 && value[0] == 0 && printable(value[2:]):
		return test(unlike, fact, "startsWith", quoted(value[2:])), nil
	case from == 0 && printable(value):
		return test(unlike, fact, "startsWith", quoted(value)), nil
	case from == 2 && p.Length < 0 && printable(value):
		return test(unlike, fact, "==", quoted(value)), nil
	case from == 2 && printable(value):
		return test(unlike, fact, "startsWith", quoted(value)), nil
	}
	return p.generic(fmt.Sprintf("option[%d]", p.Field.Code), value, unlike)
}

// vendorClass compares an enterprise number of four octets and strings behind
// it (RFC 9915 section 21.16).
func (p Part) vendorClass(value []byte, unlike bool) (string, error) {
	switch {
	case p.From == 0 && p.Length == 4:
		return test(unlike, "vendor_enterprise", "==", fmt.Sprint(binary.BigEndian.Uint32(value))), nil
	case p.From == 0 && len(value) > 4 && !unlike:
		rest, err := Part{Field: p.Field, From: 4, Length: shorter(p.Length, 4)}.strings("vendor_class", 4, value[4:], false)
		return fmt.Sprintf("vendor_enterprise == %d and %s", binary.BigEndian.Uint32(value), rest), err
	}
	return p.strings("vendor_class", 4, value, unlike)
}

func shorter(length, by int) int {
	if length < 0 {
		return length
	}
	return length - by
}

// arch compares the architecture, of which a client names one nearly always.
func (p Part) arch(value []byte, unlike bool) (string, error) {
	if p.From != 0 || len(value) != 2 {
		return p.generic("option[61]", value, unlike)
	}
	return test(unlike, "arch", "==", fmt.Sprint(binary.BigEndian.Uint16(value))), nil
}

// generic compares any option of the client's.
func (p Part) generic(option string, value []byte, unlike bool) (string, error) {
	switch {
	case p.From == 0 && p.Length < 0 && printable(value) && len(value) > 2:
		return test(unlike, option+".text", "==", quoted(value)), nil
	case p.From == 0 && printable(value) && len(value) > 2:
		return test(unlike, option+".text", "startsWith", quoted(value)), nil
	case p.From == 0 && p.Length < 0:
		return test(unlike, option+".data", "==", octets(value)), nil
	case p.From == 0:
		return test(unlike, option+".data", "startsWith", octets(value)), nil
	}
	// Octets are three characters each to the functions of expressions.
	text := octets(value)
	end := ""
	if p.Length >= 0 {
		end = fmt.Sprint(3*(p.From+p.Length) - 1)
	}
	return test(unlike, fmt.Sprintf("%s.data[%d:%s]", option, 3*p.From, end), "==", text), nil
}

// ofRelay compares an option of a relay agent.
func (p Part) ofRelay(value []byte, unlike bool) (string, error) {
	f := p.Field
	switch {
	case f.Code == codeLinkLayer && p.From == 2:
		return Part{Field: f, Length: p.Length}.inOctets(f.relay("mac"), value, unlike)
	case f.Code == codeLinkLayer && p.From == 0 && len(value) == 8:
		return test(unlike, f.relay("mac"), "==", octets(value[2:])), nil
	case f.Code == codeRemoteID && p.From == 0 && len(value) > 4:
		return Part{Field: f, From: 4, Length: shorter(p.Length, 4)}.relayText(4, value[4:], unlike)
	case f.Code == codeRemoteID:
		return p.relayText(4, value, unlike)
	}
	return p.relayText(0, value, unlike)
}

// relayText compares what a relay agent calls a port or client.
func (p Part) relayText(behind int, value []byte, unlike bool) (string, error) {
	fact := p.Field.fact()
	if fact == "" || p.From != behind || !printable(value) {
		return "", &Unsupported{fmt.Sprintf("octets %x in %s", value, p.Field)}
	}
	op := "startsWith"
	if p.Length < 0 {
		op = "=="
	}
	return test(unlike, p.Field.relay(fact), op, quoted(value)), nil
}

// address compares a whole address.
func (p Part) address(value []byte, unlike bool) (string, error) {
	a, ok := netip.AddrFromSlice(value)
	if !ok || p.From != 0 || p.Length >= 0 && p.Length != 16 {
		return "", &Unsupported{"a part of " + p.Field.String()}
	}
	fact := "link_address"
	if p.Field.Source == Peer {
		fact = "peer_address"
	}
	return test(unlike, p.Field.relay(fact), "==", `"`+strings.TrimSpace(a.String())+`"`), nil
}
