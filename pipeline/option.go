package pipeline

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/lease"
)

// Option is an option of the reply, encoded once, when the plugin is made. It
// is immutable.
type Option struct {
	key  exchange.OptionKey
	wire []byte
}

// NewOption makes an option of a code and its data, without code and length.
// It is an error if the data is longer than 65,535 octets, or if the code is
// one of those that only the server writes.
func NewOption(code dhcpv6.OptionCode, data []byte) (*Option, error) {
	if err := checkOption(code, len(data)); err != nil {
		return nil, err
	}
	return &Option{key: exchange.KeyOf(code, data), wire: wire.AppendOption(nil, uint16(code), data)}, nil
}

// checkOption says why an option cannot be set, or nil.
func checkOption(code dhcpv6.OptionCode, length int) error {
	if serverOwned(uint16(code)) {
		return fmt.Errorf("option %d is written by the server and cannot be set", code)
	}
	if length > 0xffff {
		return fmt.Errorf("option %d: %d octets, want at most 65535", code, length)
	}
	return nil
}

// JoinOptions makes one value of several options of one code, for the codes
// that may stand more than once in a message (such as 144, RFC 9463).
func JoinOptions(options ...*Option) *Option {
	out := &Option{}
	for _, o := range options {
		out.key = o.key
		out.wire = append(out.wire, o.wire...)
	}
	return out
}

// Code gives the option's code.
func (o *Option) Code() dhcpv6.OptionCode { return dhcpv6.OptionCode(o.key.Code) }

// AddressOption makes an option that is a list of addresses, such as 23
// (RFC 3646). The list must not be empty: firmware refuses an offer with an
// empty one.
func AddressOption(code dhcpv6.OptionCode, addrs []netip.Addr) (*Option, error) {
	if len(addrs) == 0 {
		return nil, fmt.Errorf("option %d: no address given, want at least one", code)
	}
	var data []byte
	for _, a := range addrs {
		if !a.Is6() || a.Is4In6() || a.Zone() != "" {
			return nil, fmt.Errorf("option %d: %q is not an IPv6 address without zone", code, a)
		}
		b := a.As16()
		data = append(data, b[:]...)
	}
	return NewOption(code, data)
}

// NameOption makes an option that is a list of domain names, such as 24
// (RFC 3646), in the form of RFC 9915 section 10. The list must not be empty.
func NameOption(code dhcpv6.OptionCode, names []string) (*Option, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("option %d: no name given, want at least one", code)
	}
	var data []byte
	for _, n := range names {
		var err error
		if data, err = wire.AppendName(data, n); err != nil {
			return nil, fmt.Errorf("option %d: %w", code, err)
		}
	}
	return NewOption(code, data)
}

// serverOwned says which options the server writes itself: they carry the
// protocol (RFC 9915 section 21).
func serverOwned(code uint16) bool {
	switch dhcpv6.OptionCode(code) {
	case dhcpv6.OptionClientID, dhcpv6.OptionServerID, dhcpv6.OptionIANA, dhcpv6.OptionIATA,
		dhcpv6.OptionIAAddr, dhcpv6.OptionORO, dhcpv6.OptionPreference, dhcpv6.OptionElapsedTime,
		dhcpv6.OptionRelayMsg, dhcpv6.OptionAuth, dhcpv6.OptionUnicast, dhcpv6.OptionStatusCode,
		dhcpv6.OptionRapidCommit, dhcpv6.OptionInterfaceID, dhcpv6.OptionReconfMessage,
		dhcpv6.OptionReconfAccept, dhcpv6.OptionIAPD, dhcpv6.OptionIAPrefix:
		return true
	}
	return false
}

// Append appends the option, code and length included, to dst.
func (o *Option) Append(dst []byte) []byte { return append(dst, o.wire...) }

// SecondsOption makes an option that is a time in seconds of 32 bits, such as
// 32 (RFC 9915 section 21.23). lease.Infinity and more are infinity.
func SecondsOption(code dhcpv6.OptionCode, d time.Duration) (*Option, error) {
	if d < 0 {
		return nil, fmt.Errorf("option %d: %v is less than nothing", code, d)
	}
	return NewOption(code, binary.BigEndian.AppendUint32(nil, uint32(min(d, lease.Infinity)/time.Second)))
}
