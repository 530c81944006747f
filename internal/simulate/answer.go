package simulate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/wire"
)

// Answer is a message of a server to a client.
type Answer struct {
	Type    dhcpv6.MessageType
	xid     dhcpv6.TransactionID
	options wire.Options
	raw     []byte

	relayed error // what a relay agent would have done wrong with it, if anything
}

const messageHeader = 4 // RFC 9915 section 8

// parseAnswer reads the header of a message and looks whether its options fill
// it.
func parseAnswer(raw []byte) (Answer, error) {
	if len(raw) < messageHeader {
		return Answer{}, fmt.Errorf("a message of %d octets has no header", len(raw))
	}
	a := Answer{Type: dhcpv6.MessageType(raw[0]), xid: dhcpv6.TransactionID(raw[1:4]), options: wire.Options(raw[4:]), raw: raw}
	return a, checkOptions(raw[4:])
}

// checkOptions looks whether options fill an area (RFC 9915 section 21.1).
func checkOptions(area []byte) error {
	for len(area) > 0 {
		if len(area) < 4 || len(area)-4 < int(binary.BigEndian.Uint16(area[2:])) {
			return errors.New("its options break off")
		}
		area = area[4+int(binary.BigEndian.Uint16(area[2:])):]
	}
	return nil
}

func (a *Answer) get(code dhcpv6.OptionCode) ([]byte, bool) { return a.options.Get(uint16(code)) }

// Option gives the data of the first option of a code, and whether there is one.
func (a *Answer) Option(code dhcpv6.OptionCode) ([]byte, bool) { return a.get(code) }

// Name is that of the message, as the RFC writes it.
func (a *Answer) Name() string { return title(a.Type) }

// BootFile is the URL in the answer, or nothing (RFC 5970 section 3.1).
func (a *Answer) BootFile() string {
	url, _ := a.get(dhcpv6.OptionBootfileURL)
	return string(url)
}

// DNS lists the DNS servers in the answer (RFC 3646 section 3).
func (a *Answer) DNS() (out []netip.Addr) {
	data, _ := a.get(dhcpv6.OptionDNSRecursiveNameServer)
	for ; len(data) >= 16; data = data[16:] {
		out = append(out, netip.AddrFrom16([16]byte(data)))
	}
	return out
}

// preference of the server (RFC 9915 section 21.8).
func (a *Answer) preference() byte {
	if p, _ := a.get(dhcpv6.OptionPreference); len(p) == 1 {
		return p[0]
	}
	return 0
}

// Association is an identity association of a client and what it holds.
type Association struct {
	Type   dhcpv6.OptionCode // IA_NA or IA_PD
	ID     [4]byte
	T1, T2 uint32 // seconds
	Leases []Lease
}

// Lease is an address, as a /128, or a prefix that a client was given.
type Lease struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
}

// association gives what the answer has of an identity association: the first
// one of its type and IAID.
func (a *Answer) association(want *Association) (Association, status, bool) {
	for code, data := range a.options.All() {
		if dhcpv6.OptionCode(code) != want.Type || len(data) < 12 || !bytes.Equal(data[:4], want.ID[:]) {
			continue
		}
		got := Association{
			Type: want.Type, ID: want.ID,
			T1: binary.BigEndian.Uint32(data[4:]), T2: binary.BigEndian.Uint32(data[8:]),
		}
		inner := wire.Options(data[12:])
		got.Leases = leases(inner)
		return got, statusIn(inner), true
	}
	return *want, status{}, false
}

// leases lists the addresses and prefixes in an identity association that live.
func leases(options wire.Options) (out []Lease) {
	for code, data := range options.All() {
		l, ok := Lease{}, false
		switch {
		case dhcpv6.OptionCode(code) == dhcpv6.OptionIAAddr && len(data) >= 24:
			l = newLease(netip.PrefixFrom(netip.AddrFrom16([16]byte(data)), 128), data[16:])
			ok = true
		case dhcpv6.OptionCode(code) == dhcpv6.OptionIAPrefix && len(data) >= 25 && data[8] <= 128:
			l = newLease(netip.PrefixFrom(netip.AddrFrom16([16]byte(data[9:])), int(data[8])), data)
			ok = true
		}
		if ok && l.Valid > 0 {
			out = append(out, l)
		}
	}
	return out
}

func newLease(p netip.Prefix, times []byte) Lease {
	return Lease{
		Prefix:    p,
		Preferred: time.Duration(binary.BigEndian.Uint32(times)) * time.Second,
		Valid:     time.Duration(binary.BigEndian.Uint32(times[4:])) * time.Second,
	}
}
