// Package kea reads what ISC's Kea is configured by, its leases and its DUID.
package kea

import (
	"bytes"
	"strings"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format of Kea.
func Format() migrate.Format {
	return migrate.Format{
		Name: "kea", Title: "Kea: kea-dhcp6.conf, kea-leases6.csv, kea-dhcp6-serverid",
		Detect: detect, Import: read, Leases: readLeases, Export: export,
	}
}

func detect(_ string, head []byte) int {
	switch {
	case bytes.Contains(head, []byte(`"Dhcp6"`)), bytes.HasPrefix(head, []byte(leaseHeader)):
		return 100
	case bytes.Contains(head, []byte(`"Dhcp4"`)):
		return 50
	}
	if _, ok := duidText(strings.TrimSpace(string(head))); ok {
		return 60
	}
	return 0
}
