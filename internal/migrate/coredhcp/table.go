package coredhcp

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
)

// parseRecord reads a line of a table.
func parseRecord(words []string) (mac, addr string, err error) {
	if len(words) != 2 {
		return "", "", fmt.Errorf("want a MAC and an address")
	}
	m, err := ident.ParseMAC(words[0])
	if err != nil {
		return "", "", err
	}
	a, err := netip.ParseAddr(words[1])
	if err == nil && a.Is4() {
		return "", "", fmt.Errorf("the IPv4 address %s is for DHCPv4", a)
	}
	return m.String(), a.String(), err
}

// holds is what a line of a table has room for.
const holds = migrate.HoldsMACs | migrate.HoldsAddresses

// export writes the table: a line for each MAC, with one address.
func export(w io.Writer, hosts []migrate.Host, r *migrate.Report) error {
	out := bufio.NewWriter(w)
	for _, h := range hosts {
		h = h.Fit("coredhcp", holds, r)
		if len(h.MACs) == 0 || len(h.Addresses) == 0 {
			r.LeftOut(h.Origin, "%s: a line of the table is a MAC and an address, and this has not both", h.Name)
			continue
		}
		for _, more := range h.Addresses[1:] {
			r.LeftOut(h.Origin, "%s: a MAC has one address in the table: %s is left out", h.Name, more)
		}
		for _, m := range h.MACs {
			fmt.Fprintf(out, "%s %s\n", m, h.Addresses[0])
		}
	}
	return out.Flush()
}
