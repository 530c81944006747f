// Package isc reads what ISC's dhcpd is configured by for DHCPv6, and its
// leases.
package isc

import (
	"bytes"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format of ISC's dhcpd.
func Format() migrate.Format {
	return migrate.Format{
		Name: "isc", Title: "ISC dhcpd: dhcpd6.conf, dhcpd6.leases, /etc/default/isc-dhcp-server",
		Detect: detect, Import: read, Leases: readLeases, Export: export,
	}
}

func detect(_ string, head []byte) int {
	switch {
	case isLeases(head), bytes.Contains(head, []byte("INTERFACESv6=")):
		return 90
	case bytes.Contains(head, []byte("subnet6 ")), bytes.Contains(head, []byte("option dhcp6.")), bytes.Contains(head, []byte("fixed-address6 ")):
		return 80
	case bytes.Contains(head, []byte("default-lease-time ")), bytes.Contains(head, []byte("hardware ethernet ")):
		return 40
	}
	return 0
}
