package csvhosts

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// holds is what the table of the plugin hosts has room for: all but options, and
// DUIDs that were pinned while the server ran.
const holds = migrate.HoldsMACs | migrate.HoldsDUIDs | migrate.HoldsIAIDs | migrate.HoldsUUIDs | migrate.HoldsPorts |
	migrate.HoldsAddresses | migrate.HoldsHostParts | migrate.HoldsBlocks | migrate.HoldsDerived | migrate.HoldsPrefixes |
	migrate.HoldsHostname | migrate.HoldsTags | migrate.HoldsState | migrate.HoldsInterfaces

// header is that of the plugin hosts.
func header() []string {
	return []string{"name", "interface", "mac", "uuid", "duid", "iaid", "address", "prefix", "hostname", "state", "tags", "port"}
}

// export writes the table. A host has a row, and one more for each interface.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := csv.NewWriter(w)
	if err := out.Write(header()); err != nil {
		return err
	}
	for _, h := range hosts {
		if err := out.Write(cells(h.Fit("csv", holds, r), r)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cells gives the row of a host. A row has DUIDs or identity associations, those
// of one IAID only: what is more is reported.
func cells(h migrate.Host, r *migrate.Report) []string {
	duids, iaid := h.DUIDs, ""
	for _, c := range h.Clients {
		text := strconv.FormatUint(uint64(c.IAID), 10)
		switch {
		case len(duids) > 0 && iaid == "" || iaid != "" && iaid != text:
			r.LeftOut(h.Origin, "%s: a row of the table has DUIDs, or identity associations of one IAID: %s with IAID %s is left out", h.Name, c.DUID, text)
		default:
			duids, iaid = append(duids, c.DUID), text
		}
	}
	join := func(list []string) string { return strings.Join(list, " ") }
	return []string{
		h.Name, h.Interface, join(h.MACs), join(h.UUIDs), join(duids), iaid, join(h.Addresses), join(h.Prefixes),
		h.Hostname, h.State, join(h.Tags), join(h.Ports),
	}
}
