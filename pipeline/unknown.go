package pipeline

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/ident"
)

// WhyUnknown says, for people, why no trusted source of identity says which host
// the client is: such as that its relay agent sent no option 79. It is costly,
// and nothing where one does.
func (x *Exchange) WhyUnknown() string {
	if x.HostTrusted() {
		return ""
	}
	var why []string
	if text := x.whyNoMAC(); text != "" {
		why = append(why, text)
	}
	if x.s.System {
		return "its DUID is that of the installed system, and counts at stage final only"
	}
	if x.Host() != nil {
		return strings.Join(append(why, "its DUID is not pinned"), ", and ")
	}
	if e := x.rememberedAs(); e != nil {
		return fmt.Sprintf("its DUID is that of host %q (%s), which has not the MAC %s", e.Value, e.Source, x.MAC())
	}
	if !x.MAC().IsZero() {
		return strings.Join(append(why, fmt.Sprintf("no host has the MAC %s", x.MAC())), ", and ")
	}
	return strings.Join(append(why, "no host has its DUID"), ", and ")
}

// rememberedAs gives what the server remembers of the client's DUID, or nil.
func (x *Exchange) rememberedAs() *ident.Evidence {
	for i := range x.s.Evidence {
		if e := &x.s.Evidence[i]; e.Kind == ident.EvidenceHost {
			return e
		}
	}
	return nil
}

// whyNoMAC says why no trusted source gives the client's MAC, or nothing where
// one does.
func (x *Exchange) whyNoMAC() string {
	for i := range x.s.Evidence {
		if e := &x.s.Evidence[i]; e.Kind == ident.EvidenceMAC && e.Trusted {
			return ""
		}
	}
	if x.NumRelays() == 0 {
		if !x.MAC().IsZero() {
			return ""
		}
		return "nothing says what its MAC is"
	}
	at, r := x.firstRelay()
	switch {
	case !r.Trusted:
		return fmt.Sprintf("the relay agent %s is not one that server6.relays believes", at)
	case r.MAC.IsZero():
		return fmt.Sprintf("the relay agent %s sent no option 79", at)
	}
	return "relay is not among the sources of identify"
}

// firstRelay gives the relay agent that sees the client's frames, with its
// address: the nearest that names a link, or, where all are LDRAs, the nearest.
func (x *Exchange) firstRelay() (netip.Addr, ident.Relay) {
	at := 0
	for i := range x.NumRelays() {
		if !x.Relay(i).LinkAddress.IsUnspecified() {
			at = i
			break
		}
	}
	if at == x.NumRelays()-1 {
		return x.Peer().Addr().WithZone(""), x.Relay(at)
	}
	return x.Relay(at + 1).PeerAddress, x.Relay(at)
}
