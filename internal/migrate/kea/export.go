package kea

import (
	"encoding/json"
	"io"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what a reservation has room for.
const holds = migrate.HoldsMACs | migrate.HoldsDUIDs | migrate.HoldsAddresses | migrate.HoldsPrefixes | migrate.HoldsHostname |
	migrate.HoldsTags

// reservation is one of Kea's, which has one identifier.
type reservation struct {
	MAC       string   `json:"hw-address,omitempty"`
	DUID      string   `json:"duid,omitempty"`
	Hostname  string   `json:"hostname,omitempty"`
	Addresses []string `json:"ip-addresses,omitempty"`
	Prefixes  []string `json:"prefixes,omitempty"`
	Classes   []string `json:"client-classes,omitempty"`
}

// export writes hosts as global reservations.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	list, several := []reservation{}, false
	for _, h := range hosts {
		some := reservations(h.Fit("kea", holds, r))
		if len(some) == 0 {
			r.LeftOut(h.Origin, "%s: Kea knows machines by MAC and DUID, and this has neither", h.Name)
		}
		several = several || len(some) > 1
		list = append(list, some...)
	}
	dhcp6 := map[string]any{"reservations-global": true, "reservations": list}
	if several {
		dhcp6["ip-reservations-unique"] = false // several identifiers of one host have its addresses
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"Dhcp6": dhcp6})
}

// reservations gives one for each identifier of a host.
func reservations(h migrate.Host) (out []reservation) {
	one := reservation{Hostname: h.Hostname, Addresses: h.Addresses, Prefixes: h.Prefixes, Classes: h.Tags}
	if one.Hostname == "" {
		one.Hostname = h.Name
	}
	for _, m := range h.MACs {
		one.MAC = m
		out = append(out, one)
	}
	one.MAC = ""
	for _, d := range h.DUIDs {
		one.DUID = d
		out = append(out, one)
	}
	return out
}
