package ra

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/internal/managed"
	"github.com/stage6/stage6/link"
)

// advertisement gives what is advertised on a link. Of prefixes that the link had
// before it says that they are no longer valid (RFC 9096 section 3.2 has hosts
// need that).
func (s *section) advertisement(flags managed.Flags, l *link.Link, past []netip.Prefix) *ndp.RouterAdvertisement {
	ra := &ndp.RouterAdvertisement{
		CurrentHopLimit:           uint8(s.HopLimit),
		ManagedConfiguration:      or(s.Managed, flags.Managed),
		OtherConfiguration:        or(s.Other, flags.Other),
		RouterSelectionPreference: ndp.Preference(s.Preference),
		RouterLifetime:            time.Duration(s.Lifetime),
	}
	if mac := hardwareAddress(l.Interface); mac != nil {
		ra.Options = append(ra.Options, &ndp.LinkLayerAddress{Direction: ndp.Source, Addr: mac})
	}
	if s.MTU != 0 {
		ra.Options = append(ra.Options, ndp.NewMTU(uint32(s.MTU)))
	}
	for _, p := range s.on(l) {
		ra.Options = append(ra.Options, p.option())
	}
	for _, p := range past {
		ra.Options = append(ra.Options, &ndp.PrefixInformation{Prefix: p.Addr(), PrefixLength: uint8(p.Bits()), OnLink: true})
	}
	return s.withNames(ra)
}

// withNames adds what RFC 8106 has, for three intervals, as it recommends.
func (s *section) withNames(ra *ndp.RouterAdvertisement) *ndp.RouterAdvertisement {
	if len(s.DNS) > 0 {
		ra.Options = append(ra.Options, &ndp.RecursiveDNSServer{Lifetime: 3 * s.Interval, Servers: s.DNS})
	}
	if len(s.Search) > 0 {
		ra.Options = append(ra.Options, &ndp.DNSSearchList{Lifetime: 3 * s.Interval, DomainNames: s.Search})
	}
	return ra
}

// on gives the prefixes that are advertised on a link: its own, or those of the
// configuration that are.
func (s *section) on(l *link.Link) (out []prefix) {
	if s.Prefixes != nil {
		for _, p := range s.Prefixes {
			if l.Contains(p.Prefix) {
				out = append(out, p)
			}
		}
		return out
	}
	for _, p := range l.Prefixes {
		autonomous := s.Autonomous && p.Bits() == 64
		out = append(out, prefix{Prefix: p, OnLink: &s.OnLink, Autonomous: &autonomous, Valid: s.Valid, Preferred: s.Preferred})
	}
	slices.SortFunc(out, func(a, b prefix) int { return a.Prefix.Addr().Compare(b.Prefix.Addr()) })
	return out
}

func (p *prefix) option() *ndp.PrefixInformation {
	return &ndp.PrefixInformation{
		Prefix: p.Prefix.Masked().Addr(), PrefixLength: uint8(p.Prefix.Bits()),
		OnLink: *p.OnLink, AutonomousAddressConfiguration: *p.Autonomous,
		ValidLifetime: seconds(p.Valid), PreferredLifetime: seconds(p.Preferred),
	}
}

// seconds bounds a time by what the option holds, which is for ever.
func seconds(d time.Duration) time.Duration { return min(d, ndp.Infinity) }

// ceasing says that this machine is a default router no more (RFC 4861 section
// 6.2.5).
func ceasing(ra *ndp.RouterAdvertisement) *ndp.RouterAdvertisement {
	ra.RouterLifetime = 0
	ra.RouterSelectionPreference = ndp.Medium // as RFC 4191 section 2.2 has it
	return ra
}

// hardwareAddress gives the Ethernet address of an interface, which hosts need not
// ask for then, or nothing.
func hardwareAddress(name string) net.HardwareAddr {
	const ethernet = 6
	i, err := net.InterfaceByName(name)
	if err != nil || len(i.HardwareAddr) != ethernet {
		return nil
	}
	return i.HardwareAddr
}

func or(set *bool, otherwise bool) bool {
	if set != nil {
		return *set
	}
	return otherwise
}
