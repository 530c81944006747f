package validate

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Message types (RFC 9915 section 7.3).
const (
	solicit            = 1
	advertise          = 2
	request            = 3
	confirm            = 4
	renew              = 5
	rebind             = 6
	reply              = 7
	release            = 8
	decline            = 9
	informationRequest = 11
	relayForward       = 12
	relayReply         = 13
)

// Codes of options (RFC 9915 section 21, and the registry of IANA).
const (
	clientID     = 1
	serverID     = 2
	iaNA         = 3
	iaTA         = 4
	iaAddr       = 5
	oro          = 6
	preference   = 7
	elapsed      = 8
	relayMsg     = 9
	auth         = 11
	unicast      = 12
	statusCode   = 13
	rapidCommit  = 14
	vendorClass  = 16
	vendorOpts   = 17
	interfaceID  = 18
	reconfMsg    = 19
	reconfAccept = 20
	dnsServers   = 23
	domainList   = 24
	iaPD         = 25
	iaPrefix     = 26
	sntpServers  = 31
	refreshTime  = 32
	remoteID     = 37
	subscriberID = 38
	echoRequest  = 43
	bootFileURL  = 59
	rsoo         = 66
	pdExclude    = 67
	clientLLA    = 79
	solMaxRT     = 82
	infMaxRT     = 83
	relayPort    = 135
)

// option is one option: its code and its data.
type option struct {
	code uint16
	data []byte
}

// options is an area of options.
type options []option

func parseOptions(area []byte) (out options, err error) {
	for len(area) > 0 {
		if len(area) < 4 {
			return out, fmt.Errorf("%d octets are left behind the options", len(area))
		}
		code, size := binary.BigEndian.Uint16(area), int(binary.BigEndian.Uint16(area[2:]))
		if size > len(area)-4 {
			return out, fmt.Errorf("option %d says that it has %d octets, and %d are there", code, size, len(area)-4)
		}
		out = append(out, option{code, area[4 : 4+size]})
		area = area[4+size:]
	}
	return out, nil
}

// all gives the data of the options of a code.
func (o options) all(code uint16) (out [][]byte) {
	for _, one := range o {
		if one.code == code {
			out = append(out, one.data)
		}
	}
	return out
}

// first gives the data of the first option of a code; nil is that there is none.
func (o options) first(code uint16) []byte {
	for _, one := range o {
		if one.code == code {
			return append([]byte{}, one.data...)
		}
	}
	return nil
}

func (o options) has(code uint16) bool { return o.first(code) != nil }

// message is one of a client or to a client (RFC 9915 section 8).
type message struct {
	kind    byte
	xid     [3]byte
	options options
	ias     []association // those that can be read
}

func parse(raw []byte) (m message, err error) {
	if len(raw) < 4 {
		return m, errors.New("it has no header")
	}
	m.kind, m.xid = raw[0], [3]byte(raw[1:4])
	m.options, err = parseOptions(raw[4:])
	m.ias = m.options.associations()
	return m, err
}

// asks says whether a client's Option Request options name a code.
func (m *message) asks(code uint16) bool {
	for _, list := range m.options.all(oro) {
		for ; len(list) >= 2; list = list[2:] {
			if binary.BigEndian.Uint16(list) == code {
				return true
			}
		}
	}
	return false
}

// secondOpinion has a library of others read a message.
func secondOpinion(raw []byte) error {
	_, err := dhcpv6.FromBytes(raw)
	if err != nil {
		return fmt.Errorf("a library that others wrote does not read it: %w", err)
	}
	return nil
}

// name is that of a message, as the RFC writes it.
func name(kind byte) string {
	names := map[byte]string{
		solicit: "Solicit", advertise: "Advertise", request: "Request", confirm: "Confirm", renew: "Renew", rebind: "Rebind", reply: "Reply",
		release: "Release", decline: "Decline", 10: "Reconfigure", informationRequest: "Information-request",
		relayForward: "Relay-forward", relayReply: "Relay-reply",
	}
	if n, ok := names[kind]; ok {
		return n
	}
	return fmt.Sprintf("message of type %d", kind)
}
