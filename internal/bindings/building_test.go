package bindings

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/lease"
)

// crowd is a table with clients that have or had an address each, and what they do while
// the table rests between steps.
type crowd struct {
	*Table
	t     *testing.T
	rand  *rand.Rand
	now   time.Time
	rests int

	counted uint32 // spots that the building had when it was last looked at
	dated   int    // and endings
}

const crowded = 20_000

func newCrowd(t *testing.T) *crowd {
	c := &crowd{t: t, rand: rand.New(rand.NewPCG(1, 2)), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c.Table = New(func() time.Time { return c.now }, Options{Rest: c.rest})
	for i := range crowded {
		c.put(i, i%2 == 0)
	}
	c.now = c.now.Add(time.Minute)
	t.Cleanup(func() {
		for _, err := range c.Check() {
			t.Error(err)
		}
	})
	return c
}

var subnet = netip.MustParsePrefix("2001:db8::/112")

// put has a client have the address of its number, or give it back.
func (c *crowd) put(n int, has bool) {
	c.t.Helper()
	b := &lease.Binding{Key: c.key(n), Created: c.now, Updated: c.now}
	l := lease.Lease{Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(n >> 8), 15: byte(n)}), 128)}
	if l.State = lease.Released; has {
		l.State, l.Until = lease.Active, c.now.Add(time.Hour+time.Duration(n))
	}
	b.Leases = []lease.Lease{l}
	if _, err := c.Apply(c.Epoch(), []*lease.Binding{b}); err != nil {
		c.t.Fatal(err)
	}
	_, ticket := c.Take(nil, 1<<30)
	c.Committed(ticket)
}

func (c *crowd) key(n int) lease.Key {
	return lease.Key{DUID: ident.DUID(fmt.Sprintf("client %d", n)), IA: ident.IA{Type: ident.NA, ID: 1}}
}

// rest counts what was done since the last one, while nobody else had the table, and has
// clients come and go.
func (c *crowd) rest() {
	c.rests++
	c.bounds()
	for range 4 {
		c.put(c.rand.IntN(crowded), c.rand.IntN(2) == 0)
	}
	c.now = c.now.Add(time.Duration(c.rand.IntN(1000)) * time.Millisecond)
	c.Expire(nil)
	for _, sp := range c.spaces {
		who := c.key(c.rand.IntN(2 * crowded))
		c.Pick(&Pool{sp, "pool", allocator.Hashed}, []byte(who.DUID), who.IA, nil, 0)
	}
}

func (c *crowd) bounds() {
	b := c.building
	if b == nil {
		c.counted, c.dated = 0, 0
		return
	}
	if n := b.counted - c.counted; n > step && b.counted < crowded {
		c.t.Errorf("%d spots were looked at in one step, want at most %d", n, step)
	}
	if n := len(b.endings) - c.dated; n > datedAtOnce {
		c.t.Errorf("%d bindings were looked at in one step, want at most %d", n, datedAtOnce)
	}
	c.counted, c.dated = b.counted, len(b.endings)
}

func TestNewPoolsAreFilledInStepsWhileClientsComeAndGo(t *testing.T) {
	c := newCrowd(t)
	add := func(set *PoolSet, length int) {
		if _, err := set.Add(allocator.Spec{Name: "pool", Prefixes: []netip.Prefix{netip.PrefixFrom(subnet.Addr(), length)}}, allocator.Hashed); err != nil {
			t.Fatal(err)
		}
	}
	for _, length := range []int{112, 113, 111, 114} {
		c.rests = 0
		set := c.NewPoolSet()
		add(set, length)
		set.Activate()
		if least := crowded/step + crowded/8/datedAtOnce; c.rests < least {
			t.Errorf("a pool of %d bits: %d rests, want at least %d", length, c.rests, least)
		}
		for _, err := range c.Check() {
			t.Fatalf("a pool of %d bits: %v", length, err)
		}
	}
}

func TestMuchIsReservedInStepsWhileClientsComeAndGo(t *testing.T) {
	c := newCrowd(t)
	if _, err := c.AddPool(allocator.Spec{Name: "pool", Prefixes: []netip.Prefix{subnet}}, allocator.Hashed); err != nil {
		t.Fatal(err)
	}
	many := make([]netip.Prefix, crowded)
	for i := range many {
		many[i] = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)}), 128)
	}
	for _, test := range []struct {
		name     string
		reserved []netip.Prefix
		rests    int
	}{
		{"a large prefix", []netip.Prefix{netip.PrefixFrom(subnet.Addr(), 114)}, crowded / step},
		{"nothing", nil, crowded / step},
		{"each address by itself", many, crowded / step},
		{"nothing again", nil, crowded / step},
	} {
		c.rests = 0
		c.SetReserved(test.reserved)
		if c.rests < test.rests {
			t.Errorf("%s: %d rests, want at least %d", test.name, c.rests, test.rests)
		}
		for _, err := range c.Check() {
			t.Fatalf("%s: %v", test.name, err)
		}
	}
}
