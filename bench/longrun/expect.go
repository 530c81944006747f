package main

import (
	"net/netip"

	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

// expectation is a Watcher that looks whether a machine is given what the
// configuration says for it: early stages something of the deploy range of its link,
// its installed system what is reserved for it, always the same.
type expectation struct {
	life *life
}

// Started expects nothing.
func (e expectation) Started(*simulate.Client) {}

// Exchanged looks at what an answer gives.
func (e expectation) Exchanged(x *simulate.Exchange) {
	if x.Err != nil || x.Answer == nil {
		return
	}
	for _, lease := range x.Given {
		if why := e.wrong(x.Client.Profile.Stage, lease.Prefix); why != "" {
			e.life.count.complain("%s (%s, %s): the %s to its %s gives %s %v: %s", e.life.name(), e.life.way.name, e.life.machine.MAC,
				x.Answer.Name(), x.Message(), x.Client.Profile.Name, lease.Prefix, why)
		}
	}
}

// wrong says why a machine should not have something at a stage, or nothing.
func (e expectation) wrong(at stage.Stage, p netip.Prefix) string {
	l := e.life
	switch {
	case !p.IsSingleIP() && l.prefix.IsValid() && p != l.prefix:
		return "its own prefix is " + l.prefix.String()
	case !p.IsSingleIP() && !l.prefix.IsValid() && (!netip.MustParsePrefix("2001:db8:e000::/45").Contains(p.Addr()) || p.Bits() != 56):
		return "not of the pool of prefixes"
	case !p.IsSingleIP():
		return ""
	case !l.way.prefix.Contains(p.Addr()):
		return "not of its link"
	case at != stage.Final && part(p.Addr()) != 0xd:
		return "not of the deploy range"
	case at == stage.Final && l.final.IsValid() && p.Addr() != l.final:
		return "its own address is " + l.final.String()
	case at == stage.Final && !l.final.IsValid() && part(p.Addr()) != 0xe:
		return "not of the pool"
	}
	return ""
}

// part is the last but one group of an address, which tells the ranges of a link
// apart.
func part(a netip.Addr) uint16 {
	b := a.As16()
	return uint16(b[12])<<8 | uint16(b[13])
}
