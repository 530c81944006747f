package hostile

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Way is how a datagram comes to the server.
type Way uint8

// The ways of a Case.
const (
	Group   Way = iota // from a client to ff02::1:2
	Unicast            // from a client to the server's address
	Relayed            // from the relay agent to the server's address
)

// Case is one way to hurt a server.
type Case struct {
	Name      string
	Way       Way
	Datagrams [][]byte // which come one after the other
	InTurn    bool     // each waits for the answer to the one before
	// Drop is the reason for which each of them is dropped; nothing: each is
	// answered. See Any.
	Drop string
	// Skipped are the options that are counted as such.
	Skipped []uint16
	// Longest is how many octets an answer may have, where that is more than MaxReply
	// since the relay agents get back what they sent.
	Longest int
	// Check looks at the answers, in the order of their datagrams, for what is wrong
	// with them; nil: nothing beside what holds for all.
	Check func(replies [][]byte) error
}

// Any in the place of a reason is whatever the datagrams deserve, each an answer or a
// named drop.
const Any = "any"

// MaxReply is how many octets an answer to one of the cases may have: what is asked a
// thousand times is told once.
const MaxReply = 600

// Group is the name of the case without its form.
func (c *Case) Group() string {
	group, _, _ := strings.Cut(c.Name, "/")
	return group
}

// Cases gives all cases. Those of truncated cut the captured messages of clients.
func Cases(captured [][]byte) []Case {
	return slices.Concat(names(), floods(), nestings(), identifiers(), optional(), types(), prefixes(), sizes(captured), reuses(), forgeries(), inventions())
}

// XID gives the transaction id of the message in a datagram, out of its relay levels,
// as far as it can be read.
func XID(datagram []byte) (xid [3]byte, ok bool) {
	for len(datagram) > relayHeader && (datagram[0] == byte(dhcpv6.MessageTypeRelayForward) || datagram[0] == byte(dhcpv6.MessageTypeRelayReply)) {
		if datagram, ok = relayedMessage(datagram[relayHeader:]); !ok {
			return xid, false
		}
	}
	if len(datagram) < 4 {
		return xid, false
	}
	return [3]byte(datagram[1:]), true
}

// relayHeader is what stands before the options of a Relay-forward, in octets.
const relayHeader = 34

func relayedMessage(options []byte) ([]byte, bool) {
	for len(options) >= 4 {
		code, end := binary.BigEndian.Uint16(options), 4+int(binary.BigEndian.Uint16(options[2:]))
		switch {
		case end > len(options):
			return nil, false
		case code == codeRelayed:
			return options[4:end], true
		}
		options = options[end:]
	}
	return nil, false
}
