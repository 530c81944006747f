package validate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// leaseRules are about addresses and prefixes.
func leaseRules() []rule {
	return []rule{
		{"RFC 9915, 21.6, 21.22", "an address or prefix has lifetimes, and options that belong there", malformedLease},
		{"RFC 9915, 21.6, 21.22", "the preferred lifetime is not greater than the valid one", crossedLifetimes},
		{"RFC 9915, 18.3.2, 18.3.9", "what is given anew lives", deadLease},
		{"RFC 9915, 21.6", "an address is one that a host can have", uselessAddress},
		{"RFC 9915, 21.22", "a prefix is one that can be delegated, with no bits behind its length", uselessPrefix},
		{"RFC 9915, 18.3", "an address or prefix stands once in an answer", twiceLease},
		{"RFC 6603, 4.2", "an excluded prefix is asked for, and lies in the delegated one", wrongExclusion},
	}
}

// lease is an address, as a /128, or a prefix.
type lease struct {
	prefix           netip.Prefix
	preferred, valid uint32 // seconds
	options          options
}

func (l lease) lives() bool { return l.valid > 0 }

func parseLease(o option) (l lease, err error) {
	fixed := 24
	if o.code == iaPrefix {
		fixed = 25
	}
	if len(o.data) < fixed {
		return l, fmt.Errorf("option %d has %d octets", o.code, len(o.data))
	}
	if o.code == iaAddr {
		l.prefix = netip.PrefixFrom(netip.AddrFrom16([16]byte(o.data)), 128)
		l.preferred, l.valid = binary.BigEndian.Uint32(o.data[16:]), binary.BigEndian.Uint32(o.data[20:])
	} else {
		l.prefix = netip.PrefixFrom(netip.AddrFrom16([16]byte(o.data[9:])), int(o.data[8]))
		l.preferred, l.valid = binary.BigEndian.Uint32(o.data), binary.BigEndian.Uint32(o.data[4:])
	}
	if !l.prefix.IsValid() {
		return l, errors.New("a prefix is longer than an address")
	}
	l.options, err = parseOptions(o.data[fixed:])
	return l, err
}

// leases lists those of an IA that can be read.
func (o options) leases() (out []lease) {
	for _, one := range o {
		if one.code != iaAddr && one.code != iaPrefix {
			continue
		}
		if l, err := parseLease(one); err == nil {
			out = append(out, l)
		}
	}
	return out
}

// allLeases lists those of all IAs of a type.
func (m *message) allLeases(kind uint16) (out []lease) {
	for _, a := range m.ias {
		if a.kind == kind {
			out = append(out, a.leases...)
		}
	}
	return out
}

func malformedLease(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		for _, o := range a.options {
			if o.code != iaAddr && o.code != iaPrefix {
				continue
			}
			l, err := parseLease(o)
			if err != nil {
				out = append(out, err.Error())
				continue
			}
			for _, in := range l.options {
				if in.code != statusCode && (in.code != pdExclude || o.code != iaPrefix) {
					out = append(out, fmt.Sprintf("option %d stands beside %v", in.code, l.prefix))
				}
			}
		}
	}
	return out
}

func crossedLifetimes(e *exchange) (out []string) {
	for _, a := range e.got.ias {
		for _, l := range a.leases {
			if l.preferred > l.valid {
				out = append(out, fmt.Sprintf("%v is preferred for %d s and valid for %d", l.prefix, l.preferred, l.valid))
			}
		}
	}
	return out
}

// deadLease finds leases that end at once where none can have been before.
func deadLease(e *exchange) (out []string) {
	if !e.about(solicit, request) {
		return nil
	}
	for _, a := range e.got.ias {
		for _, l := range a.leases {
			if !l.lives() {
				out = append(out, fmt.Sprintf("%v has no lifetime", l.prefix))
			}
		}
	}
	return out
}

func uselessAddress(e *exchange) (out []string) {
	for _, l := range e.got.allLeases(iaNA) {
		if a := l.prefix.Addr(); special(a) {
			out = append(out, a.String())
		}
	}
	return out
}

// special says whether an address is none of global use.
func special(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.Is4In6()
}

func uselessPrefix(e *exchange) (out []string) {
	for _, l := range e.got.allLeases(iaPD) {
		if p := l.prefix; p.Bits() < 1 || p.Masked() != p || special(p.Addr()) {
			out = append(out, p.String())
		}
	}
	return out
}

func twiceLease(e *exchange) (out []string) {
	seen := map[netip.Prefix]bool{}
	for _, a := range e.got.ias {
		for _, l := range a.leases {
			if seen[l.prefix] {
				out = append(out, l.prefix.String())
			}
			seen[l.prefix] = true
		}
	}
	return out
}

func wrongExclusion(e *exchange) (out []string) {
	for _, l := range e.got.allLeases(iaPD) {
		data := l.options.first(pdExclude)
		switch {
		case data == nil:
		case !e.sent.asks(pdExclude):
			out = append(out, fmt.Sprintf("in %v one is excluded, and the client did not ask", l.prefix))
		case len(data) < 2 || int(data[0]) <= l.prefix.Bits() || data[0] > 128 || len(data)-1 != (int(data[0])-l.prefix.Bits()-1)/8+1:
			out = append(out, fmt.Sprintf("in %v %x is excluded, which is no part of it", l.prefix, data))
		}
	}
	return out
}
