package coredhcp

import (
	"bytes"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
)

// option is an option of a reply. Values of the library's are compared by their
// octets, since a plugin may change what it was given in place.
type option struct {
	code dhcpv6.OptionCode
	data []byte
}

func optionsOf(m *dhcpv6.Message) (out []option) {
	for _, o := range m.Options.Options {
		out = append(out, option{o.Code(), bytes.Clone(o.ToBytes())})
	}
	return out
}

// takeOptions takes over how the options of a reply were changed. They are sent
// whether the client asks for them or not, since the plugin knows what it asked
// for.
func takeOptions(s *exchange.State, before, after []option) {
	was, is := grouped(before), grouped(after)
	for _, key := range keys(after, before) {
		if !bytes.Equal(was[key], is[key]) {
			s.Options.Force(exchange.Option{Key: key, Wire: is[key], By: s.Plugin})
		}
	}
	if b, a := preference(before), preference(after); a != b {
		s.Preference, s.HasPreference = a, true
	}
}

// grouped gives the octets of all options of one key, one after the other.
func grouped(options []option) map[exchange.OptionKey][]byte {
	out := map[exchange.OptionKey][]byte{}
	for _, o := range options {
		if !serverWrites(o) {
			key := exchange.KeyOf(o.code, o.data)
			out[key] = wire.AppendOption(out[key], uint16(o.code), o.data)
		}
	}
	return out
}

// keys gives the keys of the options in lists, each once, in their order.
func keys(lists ...[]option) (out []exchange.OptionKey) {
	for _, o := range slices.Concat(lists...) {
		if key := exchange.KeyOf(o.code, o.data); !serverWrites(o) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// serverWrites says which options the server does not take from the list: those
// that identify, leases, and what would make a client drop the reply, since it
// breaks off or is empty.
func serverWrites(o option) bool {
	switch o.code {
	case dhcpv6.OptionClientID, dhcpv6.OptionServerID, dhcpv6.OptionRapidCommit, dhcpv6.OptionPreference,
		dhcpv6.OptionIANA, dhcpv6.OptionIATA, dhcpv6.OptionIAPD:
		return true
	case dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList:
		return len(o.data) == 0
	}
	_, err := dhcpv6.ParseOption(o.code, o.data)
	return len(o.data) > 0xffff || err != nil
}

func preference(options []option) uint8 {
	for _, o := range options {
		if o.code == dhcpv6.OptionPreference && len(o.data) == 1 {
			return o.data[0]
		}
	}
	return 0
}
