package wide

import (
	"bufio"
	"fmt"
	"io"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what a host of WIDE's has room for.
const holds = migrate.HoldsDUIDs | migrate.HoldsAddresses | migrate.HoldsPrefixes

// lifetime is what dhcp6s.conf wants behind each address.
const lifetime = "86400"

// export writes hosts. A host has one DUID there, so that those with several are
// written several times.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	names := map[string]bool{}
	for _, h := range hosts {
		h = h.Fit("wide", holds, r)
		if len(h.DUIDs) == 0 {
			r.LeftOut(h.Origin, "%s: WIDE's dhcp6s knows machines by DUID only, and this has none", h.Name)
			continue
		}
		for _, d := range h.DUIDs {
			fmt.Fprintf(out, "host %s {\n\tduid %s;\n", migrate.HostName(names, h.Name), d)
			for _, a := range h.Addresses {
				fmt.Fprintf(out, "\taddress %s %s;\n", a, lifetime)
			}
			for _, p := range h.Prefixes {
				fmt.Fprintf(out, "\tprefix %s %s;\n", p, lifetime)
			}
			fmt.Fprintln(out, "};")
		}
	}
	return out.Flush()
}
