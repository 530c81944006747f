package migrate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stage6/stage6/ident"
)

// Holds says what of a host a format has room for.
type Holds uint

// What a host may have.
const (
	HoldsMACs Holds = 1 << iota
	HoldsDUIDs
	HoldsIAIDs
	HoldsUUIDs
	HoldsPorts
	HoldsAddresses
	HoldsHostParts // addresses such as ::56
	HoldsBlocks    // such as 2001:db8::8/125
	HoldsDerived   // addresses made of the MAC
	HoldsPrefixes
	HoldsHostname
	HoldsTags
	HoldsState
	HoldsPins
	HoldsOptions
	HoldsInterfaces
)

// Fit gives what of a host a format can hold, and reports the rest. What says the
// same in another way takes its place: a DUID-UUID that of a UUID, an address that
// which is derived, a DUID its identity association or the one that is pinned.
func (h Host) Fit(format string, holds Holds, r *Report) Host {
	out := h
	out.fitIdentities(format, holds, r)
	out.fitAddresses(format, holds, r)
	lose := func(kind Holds, what string, values ...string) bool {
		values = slices.DeleteFunc(values, func(s string) bool { return s == "" })
		if holds&kind != 0 || len(values) == 0 {
			return false
		}
		r.LeftOut(h.Origin, "%s: %s has no room for %s: %s", h.Name, format, what, strings.Join(values, ", "))
		return true
	}
	if lose(HoldsMACs, "MACs", h.MACs...) {
		out.MACs = nil
	}
	if lose(HoldsPorts, "ports", h.Ports...) {
		out.Ports = nil
	}
	if lose(HoldsPrefixes, "prefixes of hosts", h.Prefixes...) {
		out.Prefixes = nil
	}
	if lose(HoldsHostname, "names that clients are told", h.Hostname) {
		out.Hostname = ""
	}
	if lose(HoldsTags, "tags", h.Tags...) {
		out.Tags = nil
	}
	if h.State != "new" && lose(HoldsState, "states", h.State) {
		out.State = ""
	}
	if lose(HoldsOptions, "options of hosts", optionKeys(h.Options)...) {
		out.Options = nil
	}
	if lose(HoldsInterfaces, "names of interfaces", h.Interface) {
		out.Interface = ""
	}
	return out
}

func optionKeys(options []Option) (out []string) {
	for _, o := range options {
		out = append(out, o.Key)
	}
	return out
}

// fitIdentities turns what a format does not know into DUIDs, if it knows those.
func (h *Host) fitIdentities(format string, holds Holds, r *Report) {
	var duids []string
	if holds&HoldsIAIDs == 0 {
		for _, c := range h.Clients {
			h.tell(r, holds, format, "IAIDs", fmt.Sprintf("all of the DUID %s is the host there, not only IAID %d", c.DUID, c.IAID), c.DUID)
			duids = append(duids, c.DUID)
		}
		h.Clients = nil
	}
	if holds&HoldsUUIDs == 0 {
		for _, u := range h.UUIDs {
			h.tell(r, holds, format, "UUIDs", "the DUIDs that are made of it, in either byte order, stand for it", u)
			duids = append(duids, uuidDUIDs(u)...)
		}
		h.UUIDs = nil
	}
	if holds&HoldsPins == 0 && h.Pinned != "" {
		h.tell(r, holds, format, "pinned DUIDs", "it is one of the host's DUIDs there", h.Pinned)
		duids = append(duids, h.Pinned)
		h.Pinned = ""
	}
	for _, d := range h.DUIDs {
		if holds&HoldsDUIDs == 0 {
			r.LeftOut(h.Origin, "%s: %s has no room for DUIDs: %s", h.Name, format, d)
		}
	}
	if holds&HoldsDUIDs == 0 {
		h.DUIDs = nil
		return
	}
	h.DUIDs = slices.Clone(h.DUIDs)
	for _, d := range duids {
		if !slices.Contains(h.DUIDs, d) {
			h.DUIDs = append(h.DUIDs, d)
		}
	}
}

// tell reports what takes the place of a value, in formats with DUIDs, or that
// nothing does.
func (h *Host) tell(r *Report, holds Holds, format, what, instead, value string) {
	if holds&HoldsDUIDs == 0 {
		r.LeftOut(h.Origin, "%s: %s has no room for %s: %s", h.Name, format, what, value)
		return
	}
	r.Changed(h.Origin, "%s: %s has no room for %s: %s", h.Name, format, what, instead)
}

func uuidDUIDs(text string) []string {
	var u ident.UUID
	if err := u.UnmarshalText([]byte(text)); err != nil {
		return nil
	}
	one, other := u.DUID().String(), u.Swapped().DUID().String()
	if one == other {
		return []string{one}
	}
	return []string{one, other}
}

// fitAddresses leaves the addresses that a format can hold.
func (h *Host) fitAddresses(format string, holds Holds, r *Report) {
	var out []string
	for _, a := range h.Addresses {
		if a == "derived" && holds&HoldsDerived == 0 {
			own, err := h.derived()
			if err != nil {
				r.LeftOut(h.Origin, "%s: address derived: %v", h.Name, err)
				continue
			}
			a = own
		}
		switch {
		case holds&HoldsAddresses == 0:
			r.LeftOut(h.Origin, "%s: %s has no room for addresses of hosts: %s", h.Name, format, a)
		case strings.HasPrefix(a, "::") && holds&HoldsHostParts == 0:
			r.LeftOut(h.Origin, "%s: %s has no room for host parts: write %s with its prefix", h.Name, format, a)
		case strings.Contains(a, "/") && holds&HoldsBlocks == 0:
			r.LeftOut(h.Origin, "%s: %s has no room for blocks of addresses: %s", h.Name, format, a)
		default:
			out = append(out, a)
		}
	}
	h.Addresses = out
}

// derived gives the host part that the host's MAC makes (RFC 4291 appendix A).
func (h *Host) derived() (string, error) {
	if len(h.MACs) != 1 {
		return "", errors.New("it takes one MAC")
	}
	mac, err := ident.ParseMAC(h.MACs[0])
	if err != nil {
		return "", err
	}
	return mac.InterfaceID().String(), nil
}
