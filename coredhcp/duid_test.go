package coredhcp

import (
	"bytes"
	"testing"
)

func TestADUIDStaysAsItIs(t *testing.T) {
	for name, data := range map[string][]byte{
		"of an address":                    {0, 3, 0, 1, 0x52, 0x54, 0, 0xaa, 0xbb, 1},
		"of an address, without one":       {0, 3, 0, 1},
		"of a time, which breaks off":      {0, 1, 0, 0},
		"of a UUID, which is longer":       append([]byte{0, 4}, make([]byte, 17)...),
		"of an enterprise, which is short": {0, 2, 0},
		"of a kind that nobody knows":      {9, 9, 1, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got := duid(data); got == nil || !bytes.Equal(got.ToBytes(), data) {
				t.Errorf("got %v, want %x", got, data)
			}
		})
	}
}
