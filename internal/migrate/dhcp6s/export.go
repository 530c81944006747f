package dhcp6s

import (
	"bufio"
	"fmt"
	"io"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what a host of dhcp6s has room for.
const holds = migrate.HoldsDUIDs | migrate.HoldsIAIDs | migrate.HoldsAddresses | migrate.HoldsPrefixes

// export writes hosts, to be put into an interface. A host has one DUID there, so
// that those with several are written several times.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	names := map[string]bool{}
	for _, h := range hosts {
		h = h.Fit("dhcp6s", holds, r)
		if len(h.DUIDs)+len(h.Clients) == 0 {
			r.LeftOut(h.Origin, "%s: dhcp6s knows machines by DUID only, and this has none", h.Name)
			continue
		}
		for _, d := range h.DUIDs {
			writeHost(out, migrate.HostName(names, h.Name), h, "duid "+d+";")
		}
		for _, c := range h.Clients {
			writeHost(out, migrate.HostName(names, h.Name), h, fmt.Sprintf("duid %s;\n\tiaidinfo {\n\t\tiaid %d;\n\t};", c.DUID, c.IAID))
		}
	}
	return out.Flush()
}

func writeHost(out *bufio.Writer, name string, h migrate.Host, identity string) {
	fmt.Fprintf(out, "host %s {\n\t%s\n", name, identity)
	for _, a := range h.Addresses {
		fmt.Fprintf(out, "\taddress {\n\t\t%s/64;\n\t};\n", a)
	}
	for _, p := range h.Prefixes {
		fmt.Fprintf(out, "\tprefix {\n\t\t%s;\n\t};\n", p)
	}
	fmt.Fprintln(out, "};")
}
