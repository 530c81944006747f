package credentials

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds of what does not count.
const (
	mostOfNetwork = 10  // in a minute, of a /64 or of a /24 of IPv4
	mostOfOthers  = 100 // in a minute, of those who find no place
	mostNetworks  = 1024
)

// failures count API tokens that do not count, by where they come from. The zero
// value is ready for use; it is safe for concurrent use.
type failures struct {
	mu     sync.Mutex
	minute int64
	count  map[netip.Prefix]int
	others int
}

// allow counts one more, and says whether it is within bounds.
func (f *failures) allow(from netip.Addr, now time.Time) bool {
	network := networkOf(from)
	f.mu.Lock()
	defer f.mu.Unlock()
	if minute := now.Unix() / 60; minute != f.minute || f.count == nil {
		f.minute, f.count, f.others = minute, map[netip.Prefix]int{}, 0
	}
	if f.count[network] == 0 && len(f.count) >= mostNetworks {
		f.others++
		return f.others <= mostOfOthers
	}
	f.count[network]++
	return f.count[network] <= mostOfNetwork
}

// networkOf gives what an address is counted under.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // invalid for no address, which is a place as well
	return p
}
