package isc

import (
	"bufio"
	"fmt"
	"io"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what a host declaration has room for.
const holds = migrate.HoldsMACs | migrate.HoldsDUIDs | migrate.HoldsAddresses | migrate.HoldsPrefixes

// export writes hosts as host declarations. One has one identifier and one
// address, so that a host with several is written several times.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	names := map[string]bool{}
	for _, h := range hosts {
		h = h.Fit("isc", holds, r)
		if len(h.MACs)+len(h.DUIDs) == 0 {
			r.LeftOut(h.Origin, "%s: ISC's dhcpd knows machines by MAC and DUID, and this has neither", h.Name)
		}
		if len(h.Addresses) > 1 {
			r.LeftOut(h.Origin, "%s: a host of ISC's dhcpd has one fixed-address6, and this has %d: the first is taken", h.Name, len(h.Addresses))
			h.Addresses = h.Addresses[:1]
		}
		for _, m := range h.MACs {
			writeHost(out, migrate.HostName(names, h.Name), "hardware ethernet "+m, h)
		}
		for _, d := range h.DUIDs {
			writeHost(out, migrate.HostName(names, h.Name), "host-identifier option dhcp6.client-id "+d, h)
		}
	}
	return out.Flush()
}

func writeHost(out *bufio.Writer, name, identifier string, h migrate.Host) {
	fmt.Fprintf(out, "host %s {\n    %s;\n", name, identifier)
	for _, a := range h.Addresses {
		fmt.Fprintf(out, "    fixed-address6 %s;\n", a)
	}
	for _, p := range h.Prefixes {
		fmt.Fprintf(out, "    fixed-prefix6 %s;\n", p)
	}
	fmt.Fprintln(out, "}")
}
