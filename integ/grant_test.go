package integ

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// grant is everything that a client says it got. What a client cannot tell is
// filled in by its driver from nothing: it stays zero, and the client's profile
// says so.
type grant struct {
	NA, PD timers
	// Addresses are sorted, as /128; Prefixes, too.
	Addresses []granted
	Prefixes  []granted
	DNS       []string
	Search    []string
	NTP       []string
}

// holds says whether a client that asks for what p says has all of it.
func (g grant) holds(p profile) bool {
	return (!p.address || g.Addresses != nil) && (!p.prefix || g.Prefixes != nil)
}

// timers are T1 and T2 of an IA.
type timers struct{ T1, T2 time.Duration }

// granted is an address or prefix with its lifetimes.
type granted struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
}

// seconds reads a number of seconds as clients write them.
func seconds(t *testing.T, text string) time.Duration {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		t.Fatalf("seconds: %v", err)
	}
	return time.Duration(n) * time.Second
}

func prefix(t *testing.T, addr, bits string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(addr + "/" + bits)
	check(t, err)
	return p
}
