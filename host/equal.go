package host

import (
	"slices"
)

// Equal says whether h and o say the same, wherever they were read.
func (h *Host) Equal(o *Host) bool {
	return h.Name == o.Name && h.Hostname == o.Hostname && h.State == o.State &&
		slices.Equal(h.UUIDs, o.UUIDs) && slices.Equal(h.Tags, o.Tags) &&
		slices.EqualFunc(h.Options, o.Options, Option.equal) &&
		slices.EqualFunc(h.Interfaces, o.Interfaces, Interface.equal)
}

func (o Option) equal(p Option) bool { return o.Code == p.Code && slices.Equal(o.Data, p.Data) }

func (f Interface) equal(g Interface) bool {
	return f.Name == g.Name && slices.Equal(f.MACs, g.MACs) && slices.Equal(f.Ports, g.Ports) &&
		slices.EqualFunc(f.Clients, g.Clients, Client.equal) &&
		slices.Equal(f.Addresses, g.Addresses) && slices.Equal(f.Prefixes, g.Prefixes)
}

func (c Client) equal(d Client) bool {
	if c.IAID == nil || d.IAID == nil {
		return c.DUID == d.DUID && c.IAID == d.IAID
	}
	return c.DUID == d.DUID && *c.IAID == *d.IAID
}
