package dnsmasq

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what a dhcp-host line has room for.
const holds = migrate.HoldsMACs | migrate.HoldsDUIDs | migrate.HoldsAddresses | migrate.HoldsHostParts | migrate.HoldsBlocks |
	migrate.HoldsHostname | migrate.HoldsTags

// export writes hosts as dhcp-host lines.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	for _, h := range hosts {
		for _, line := range hostLines(h.Fit("dnsmasq", holds, r), r) {
			if _, err := out.WriteString("dhcp-host=" + line + "\n"); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// hostLines gives the lines for a host: one for its MACs, and one for each DUID,
// since a line takes one only.
func hostLines(h migrate.Host, r *migrate.Report) (lines []string) {
	var tail []string
	for _, t := range h.Tags {
		tail = append(tail, "set:"+t)
	}
	for _, a := range h.Addresses {
		if strings.HasPrefix(a, "::") {
			r.Changed(h.Origin, "%s: dnsmasq takes the host part %s only in ranges with constructor:", h.Name, a)
		}
		tail = append(tail, "["+a+"]")
	}
	tail = append(tail, cmp.Or(h.Hostname, h.Name))
	if len(h.MACs) > 0 {
		lines = append(lines, strings.Join(slices.Concat(h.MACs, tail), ","))
	}
	for _, d := range h.DUIDs {
		lines = append(lines, strings.Join(slices.Concat([]string{"id:" + d}, tail), ","))
	}
	if len(lines) == 0 {
		r.LeftOut(h.Origin, "%s: dnsmasq knows machines by MAC and DUID, and this has neither", h.Name)
	}
	return lines
}
