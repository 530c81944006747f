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
		Name: "kea", Title: "Kea: JSON (kea-dhcp6.conf), and its DUID (kea-dhcp6-serverid)",
		Detect: detect, Import: read,
	}
}

func detect(_ string, head []byte) int {
	if bytes.Contains(head, []byte(`"Dhcp6"`)) {
		return 100
	}
	if _, ok := duidText(strings.TrimSpace(string(head))); ok {
		return 60
	}
	if bytes.Contains(head, []byte(`"Dhcp4"`)) {
		return 50
	}
	return 0
}
