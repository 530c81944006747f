// Package wire reads DHCPv6 messages in place and writes replies by appending
// (RFC 9915 sections 8, 9 and 21).
//
// A Message points into the datagram that it was decoded from and is reused:
// in the steady state neither direction allocates. Work and memory are bounded
// by the limits below, whatever the datagram holds; no part of decoding is
// recursive. A malformed option that the exchange can do without is skipped and
// counted, since firmware in the field sends such options.
package wire

// Limits of what is decoded. What exceeds one of the first three is refused,
// of the others ignored.
const (
	MaxRelays  = 9    // relay levels: hop counts up to HOP_COUNT_LIMIT (RFC 9915 sections 7.6 and 19.1.2)
	MaxIAs     = 64   // IA_NA and IA_PD together
	MaxOptions = 1024 // options of all relay levels, of the message and of its IAs

	maxRequested = 128 // option codes in Option Request options
	maxClasses   = 16  // strings of a user class or vendor class
	maxArchs     = 16  // processor architectures
	maxSkipped   = 8   // different codes in Message.Skipped
)

// maxDatagram is the longest UDP payload over IPv6, in octets, without
// jumbograms (RFC 8200 section 3).
const maxDatagram = 65535 - 8
