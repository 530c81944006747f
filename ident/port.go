package ident

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// MaxPortLen is the longest identifier of a port, in octets. A relay agent's
// options may be longer, but no port is listed by such a name.
const MaxPortLen = 255

// PortOption is an option by which a relay agent names the port that a client
// is on.
type PortOption uint16

// The options that name ports.
const (
	PortInterfaceID  PortOption = 18 // Interface-Id (RFC 9915 section 21.18)
	PortRemoteID     PortOption = 37 // Remote-Id (RFC 4649)
	PortSubscriberID PortOption = 38 // Subscriber-Id (RFC 4580)
)

// String gives the option's name, such as interface-id.
func (o PortOption) String() string {
	switch o {
	case PortInterfaceID:
		return "interface-id"
	case PortRemoteID:
		return "remote-id"
	case PortSubscriberID:
		return "subscriber-id"
	}
	return fmt.Sprintf("option-%d", uint16(o))
}

// Port names a port of an access device, as people write it:
//
//	interface-id:ge-0/0/7
//	remote-id:9:rack-4
//	subscriber-id:0x00a1ff
//
// A Remote-Id has the enterprise number first. The identifier is text, or
// octets in hexadecimal after 0x. Behind it may stand @ and the link-address of
// the relay agent, since one Interface-Id is said by many. The zero value is no
// port; values made by ParsePort and AppendPort are equal when they name the
// same.
type Port string

// UnmarshalText reads a port as ParsePort does.
func (p *Port) UnmarshalText(text []byte) error {
	read, err := ParsePort(string(text))
	if err != nil {
		return err
	}
	*p = read
	return nil
}

// String gives the port as it is.
func (p Port) String() string { return string(p) }

// ParsePort reads a port.
func ParsePort(s string) (Port, error) {
	name, id, _ := strings.Cut(s, ":")
	link := netip.Addr{}
	if at := strings.LastIndexByte(id, '@'); at >= 0 {
		if a, err := netip.ParseAddr(id[at+1:]); err == nil && a.Is6() && a.Zone() == "" {
			link, id = a, id[:at]
		}
	}
	for _, o := range []PortOption{PortInterfaceID, PortRemoteID, PortSubscriberID} {
		if o.String() != name {
			continue
		}
		p, err := parsePort(o, id, link)
		if err != nil {
			return "", fmt.Errorf("port %q: %w", s, err)
		}
		return p, nil
	}
	return "", fmt.Errorf("port %q: want interface-id:, remote-id: or subscriber-id: and the identifier", s)
}

func parsePort(o PortOption, id string, link netip.Addr) (Port, error) {
	var enterprise uint32
	if o == PortRemoteID {
		number, rest, _ := strings.Cut(id, ":")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return "", errors.New("want remote-id:, the enterprise number, a colon and the identifier")
		}
		enterprise, id = uint32(n), rest
	}
	raw, err := parsePortID(id)
	if err != nil {
		return "", err
	}
	return Port(AppendPort(nil, o, enterprise, raw, link)), nil
}

func parsePortID(id string) ([]byte, error) {
	raw := []byte(id)
	if digits, ok := strings.CutPrefix(id, "0x"); ok {
		var err error
		if raw, err = ParseHex(digits); err != nil {
			return nil, err
		}
	}
	if len(raw) == 0 || len(raw) > MaxPortLen {
		return nil, fmt.Errorf("an identifier of %d octets, want 1 to %d", len(raw), MaxPortLen)
	}
	return raw, nil
}

// AppendPort appends a port, as ParsePort gives it, to dst. The enterprise
// number is that of a Remote-Id; an invalid link is none.
func AppendPort(dst []byte, o PortOption, enterprise uint32, id []byte, link netip.Addr) []byte {
	dst = append(append(dst, o.String()...), ':')
	if o == PortRemoteID {
		dst = append(strconv.AppendUint(dst, uint64(enterprise), 10), ':')
	}
	if isPlain(id) {
		dst = append(dst, id...)
	} else {
		dst = hex.AppendEncode(append(dst, "0x"...), id)
	}
	if link.IsValid() {
		dst = link.AppendTo(append(dst, '@'))
	}
	return dst
}

// isPlain says whether an identifier is read back as it is when it is written
// as text: nothing in it looks like octets in hexadecimal or a link-address.
func isPlain(id []byte) bool {
	for _, b := range id {
		if b < ' ' || b > '~' {
			return false
		}
	}
	at := bytes.LastIndexByte(id, '@')
	return !bytes.HasPrefix(id, []byte("0x")) && (at < 0 || bytes.IndexByte(id[at:], ':') < 0)
}
