package reserve

import (
	"slices"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/lease"
)

// IsOf says whether a binding is that of a client of the host: one that was served
// as the host, or, from before the host was known, one with its MAC or DUID.
func IsOf(h *host.Host, b *lease.Binding) bool {
	if b.Host != "" {
		return b.Host == h.Name
	}
	return slices.ContainsFunc(h.Interfaces, func(f host.Interface) bool {
		return slices.Contains(f.MACs, b.MAC) || slices.ContainsFunc(f.Clients, func(c host.Client) bool {
			return c.DUID == b.DUID && (c.IAID == nil || *c.IAID == b.IA.ID)
		})
	})
}
