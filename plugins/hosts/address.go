package hosts

import (
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
)

// address is a reserved address, whole or a host part.
type address host.Address

// UnmarshalText reads a whole address, or a host part such as ::56.
func (a *address) UnmarshalText(text []byte) error {
	addr, err := strict.ParseAddr(string(text))
	if err != nil {
		return err
	}
	switch {
	case addr.Zone() != "":
		return fmt.Errorf("%q has a zone, write %s", text, addr.WithZone(""))
	case addr.IsUnspecified(), addr.Is4In6(), addr.IsMulticast():
		return fmt.Errorf("%q cannot be an address of a machine", text)
	case addr.IsLinkLocalUnicast():
		return fmt.Errorf("%q is link-local, which DHCPv6 does not give out", text)
	}
	*a = address{Prefix: netip.PrefixFrom(addr, 128), HostPart: prefix64(addr).Addr().IsUnspecified()}
	return nil
}

func prefix64(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, 64).Masked() }

// prefix is a reserved prefix.
type prefix struct{ netip.Prefix }

// UnmarshalText reads a prefix that can be delegated.
func (p *prefix) UnmarshalText(text []byte) error {
	read, err := strict.ParsePrefix(string(text))
	if err != nil {
		return err
	}
	a := read.Addr()
	if read.Bits() == 0 || a.IsUnspecified() || a.Is4In6() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return fmt.Errorf("%q cannot be delegated, want a prefix such as 2001:db8:f001::/56", text)
	}
	p.Prefix = read
	return nil
}
