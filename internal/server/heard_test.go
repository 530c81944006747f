package server

import (
	"encoding/binary"
	"hash/maphash"
	"testing"
)

// TestOfManyClientsMostAreRemembered: of who is heard of again nothing is told, which
// would cost more than the rest of the exchange.
func TestOfManyClientsMostAreRemembered(t *testing.T) {
	const clients = 50_000
	h := &heard{seed: maphash.MakeSeed()}
	again := func() (told int) {
		for i := range clients {
			if h.add(binary.BigEndian.AppendUint32(nil, uint32(i)), "web01") {
				told++
			}
		}
		return told
	}
	if n := again(); n != clients {
		t.Errorf("of %d clients %d are new", clients, n)
	}
	if n := again(); n > clients/10 {
		t.Errorf("of %d clients %d are forgotten", clients, n)
	}
}
