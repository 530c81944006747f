package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// known is a number of machines that servers are told of, each with an address of
// its own. Their MACs follow each other, as those of perfdhcp's and of our
// simulator's clients do.
type known int

// firstMAC is that of the first machine. It ends with zeros, since perfdhcp counts
// up the last octets without the carry.
var firstMAC = net.HardwareAddr{0x00, 0x0c, 0x01, 0x00, 0x00, 0x00}

// machine gives MAC and address of the machine of a number.
func (known) machine(i int) (net.HardwareAddr, netip.Addr) {
	var number [8]byte
	copy(number[2:], firstMAC)
	binary.BigEndian.PutUint64(number[:], binary.BigEndian.Uint64(number[:])+uint64(i))
	address := netip.MustParseAddr("2001:db8:1:0:0:2::").As16()
	binary.BigEndian.PutUint32(address[12:], uint32(i)+1)
	return number[2:], netip.AddrFrom16(address)
}

// lines gives them as the plugins "file" of CoreDHCP and of stage6 read them.
func (k known) lines() string {
	var b strings.Builder
	for i := range int(k) {
		mac, address := k.machine(i)
		fmt.Fprintln(&b, mac, address)
	}
	return b.String()
}

// reservations gives them as the elements of Kea's list "reservations".
func (k known) reservations() string {
	var b strings.Builder
	for i := range int(k) {
		if i > 0 {
			b.WriteString(",\n")
		}
		mac, address := k.machine(i)
		fmt.Fprintf(&b, `{ "hw-address": "%s", "ip-addresses": [ "%s" ] }`, mac, address)
	}
	return b.String()
}
