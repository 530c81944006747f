package listen

import (
	"net"
	"net/netip"
	"testing"
)

// TestRenewLeavesWhatWasRead sends itself datagrams by the loopback interface.
func TestRenewLeavesWhatWasRead(t *testing.T) {
	c, err := openConn(endpoint{addr: netip.IPv6Loopback()}, 4, &counters{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	from, err := net.DialUDP("udp6", nil, net.UDPAddrFromAddrPort(address(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	read := func(text string) []byte {
		t.Helper()
		if _, err := from.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		batch := make([]Packet, 4)
		if n, err := c.Read(batch); n != 1 || err != nil {
			t.Fatalf("%d read, %v", n, err)
		}
		return batch[0].Data
	}
	reused, renewed := read("first"), read("other")
	if string(reused) != "other" {
		t.Fatalf("the memory has %q, want that it is used again", reused)
	}
	c.Renew()
	if again := read("third"); string(again) != "third" || string(renewed) != "other" {
		t.Errorf("read %q, and what was read before is %q, want it left as it was", again, renewed)
	}
}
