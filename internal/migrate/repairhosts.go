package migrate

import (
	"fmt"
	"net/netip"
	"slices"
)

// claims notes which host has what, and where that is from.
type claims struct {
	report *Report
	of     map[string]Origin
	units  map[netip.Prefix]Origin // addresses, blocks and prefixes
	bits   map[int]bool            // the lengths of those
}

// repairHosts takes from hosts what another one has already: a MAC, DUID, UUID,
// port, address or prefix is of one host only, the first, and nothing is inside of
// another host's. Hosts that nothing is left of to know them by are left out.
func repairHosts(hosts []Host, r *Report) (out []Host) {
	c := &claims{report: r, of: map[string]Origin{}, units: map[netip.Prefix]Origin{}, bits: map[int]bool{}}
	names := map[string]bool{}
	for _, h := range hosts {
		if name := h.Name; h.Interface == "" {
			if h.Name = HostName(names, name); h.Name != name {
				r.Note(h.Origin, "another host is called %s: this one is %s", name, h.Name)
			}
		}
		h.MACs = c.keep(&h, "MAC", h.MACs)
		h.DUIDs = c.keep(&h, "DUID", h.DUIDs)
		h.UUIDs = c.keep(&h, "UUID", h.UUIDs)
		h.Ports = c.keep(&h, "port", h.Ports)
		h.Clients = slices.DeleteFunc(slices.Clone(h.Clients), func(x Client) bool {
			return c.taken(&h, "client", fmt.Sprintf("%s with IAID %d", x.DUID, x.IAID))
		})
		if !h.Recognised() {
			r.LeftOut(h.Origin, "nothing says any more which machine %s is", h.Name)
			continue
		}
		h.Addresses = c.claim(&h, "address", h.Addresses)
		h.Prefixes = c.claim(&h, "prefix", h.Prefixes)
		out = append(out, h)
	}
	for i := range out {
		out[i].Addresses = c.outside(&out[i], "address", out[i].Addresses)
		out[i].Prefixes = c.outside(&out[i], "prefix", out[i].Prefixes)
	}
	return out
}

func (c *claims) keep(h *Host, kind string, values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return c.taken(h, kind, v) })
}

// taken says whether an earlier host has something, and reports it.
func (c *claims) taken(h *Host, kind, value string) bool {
	owner, taken := c.of[kind+" "+value]
	if taken {
		c.report.LeftOut(h.Origin, "the %s %s is of another host already: %s", kind, value, owner)
		return true
	}
	c.of[kind+" "+value] = h.Origin
	return false
}

// claim keeps the addresses or prefixes that no earlier host has.
func (c *claims) claim(h *Host, kind string, values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		p, err := unit(v)
		if err != nil {
			return false // derived, or check says what is wrong with it
		}
		if owner, taken := c.units[p]; taken {
			c.report.LeftOut(h.Origin, "the %s %s is of another host already: %s", kind, v, owner)
			return true
		}
		c.units[p], c.bits[p.Bits()] = h.Origin, true
		return false
	})
}

// outside keeps the addresses or prefixes that are not inside of another host's.
func (c *claims) outside(h *Host, kind string, values []string) []string {
	return slices.DeleteFunc(values, func(v string) bool {
		p, err := unit(v)
		for bits := range c.bits {
			if err != nil || bits >= p.Bits() {
				continue
			}
			if owner, inside := c.units[netip.PrefixFrom(p.Addr(), bits).Masked()]; inside && owner != h.Origin {
				c.report.LeftOut(h.Origin, "the %s %s is inside of what another host has: %s", kind, v, owner)
				return true
			}
		}
		return false
	})
}

// unit reads an address as a /128, or a prefix.
func unit(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}
