// Package hostlist writes hosts as the YAML that the plugin hosts reads.
package hostlist

import (
	"io"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format hosts, in which only DUIDs that were pinned while the
// server ran have no place.
func Format() migrate.Format {
	return migrate.Format{Name: "hosts", Title: "a list of hosts of this server, YAML", Export: export}
}

const holds = migrate.HoldsMACs | migrate.HoldsDUIDs | migrate.HoldsIAIDs | migrate.HoldsUUIDs | migrate.HoldsPorts |
	migrate.HoldsAddresses | migrate.HoldsHostParts | migrate.HoldsBlocks | migrate.HoldsDerived | migrate.HoldsPrefixes |
	migrate.HoldsHostname | migrate.HoldsTags | migrate.HoldsState | migrate.HoldsOptions | migrate.HoldsInterfaces

func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	fit := make([]migrate.Host, len(hosts))
	for i, h := range hosts {
		fit[i] = h.Fit("hosts", holds, r)
		fit[i].Origin = migrate.Origin{}
	}
	data, err := migrate.HostsYAML(fit)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
