package assembly

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/link"
)

// trust enters the relay agents that are believed.
func trust(s *server.Settings, relays config.Relays) {
	if relays != nil {
		s.TrustedRelays = []netip.Prefix{} // which is not nil: nobody else is
	}
	for _, r := range relays {
		if r.Link == "" {
			s.TrustedRelays = append(s.TrustedRelays, r.Prefix)
			continue
		}
		s.TrustedLDRAs = append(s.TrustedLDRAs, server.LDRA{Link: r.Link, Interface: r.InterfaceID.Match})
	}
}

// strayLDRAs warns of LDRAs on links that there are not.
func strayLDRAs(relays config.Relays, links *link.Table) (out []string) {
	for _, r := range relays {
		if r.Link != "" && !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return l.Name == r.Link }) {
			out = append(out, fmt.Sprintf("server6.relays: no link is named %q, so that no LDRA there is believed", r.Link))
		}
	}
	return out
}
