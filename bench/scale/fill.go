package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/plugins/pebble"
)

// Where the leases are: addresses of 2001:db8:1:0:0:1::/96, and of each tenth a
// prefix of 60 bits out of 2001:db8:8000::/36.
const (
	addressPool = "2001:db8:1:0:0:1::/96"
	prefixPool  = "2001:db8:8000::/36"

	largerPool     = "2001:db8:1::/95"
	largerPrefixes = "2001:db8:8000::/35"
)

// fill puts n bindings into a new store, all of which run out at until.
func fill(ctx context.Context, dir string, n int, until time.Time) (err error) {
	store, err := pebble.Open(dir, pebble.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	const batch = 4096
	changes, now := make([]lease.Change, 0, batch), time.Now().Truncate(time.Second)
	for i := range n {
		changes = append(changes, lease.Change{After: number(i, until, now)})
		if len(changes) == batch || i == n-1 {
			if err := store.Commit(ctx, changes); err != nil {
				return err
			}
			changes = changes[:0]
		}
	}
	return nil
}

// number gives the nth binding: a machine of its own with its MAC, every other one
// with a name, as relayed clients of stage final have. All were just granted: by
// leases that are older a server whose machine nobody tells the time takes it to be
// earlier.
func number(n int, until, created time.Time) *lease.Binding {
	b := &lease.Binding{
		Key:     lease.Key{DUID: duid(0, uint32(n)), IA: ident.IA{Type: ident.NA, ID: uint32(n)}},
		Leases:  []lease.Lease{{Prefix: address(n), State: lease.Active, Preferred: lifetime / 2, Valid: lifetime, Until: until, Pool: "pool"}},
		Link:    "rack1",
		MAC:     mac(0, uint32(n)),
		Created: created,
		Updated: created,
	}
	if n%2 == 0 {
		b.Hostname = fmt.Sprintf("machine-%07d.example.net", n)
	}
	if n%10 == 9 {
		b.IA.Type, b.Leases[0].Prefix, b.Leases[0].Pool = ident.PD, delegated(n), "prefix"
	}
	return b
}

const lifetime = 12 * time.Hour

// mac gives the nth MAC of a crowd of clients.
func mac(crowd byte, n uint32) (m ident.MAC) {
	m[0], m[1] = 0x52, crowd
	binary.BigEndian.PutUint32(m[2:], n)
	return m
}

// duid gives the DUID-LL of the nth client of a crowd (RFC 9915 section 11.4).
func duid(crowd byte, n uint32) ident.DUID {
	m := mac(crowd, n)
	return ident.DUID("\x00\x03\x00\x01" + string(m[:]))
}

// address gives one of the upper half of the pool; new clients have room below.
func address(n int) netip.Prefix {
	a := netip.MustParsePrefix(addressPool).Addr().As16()
	binary.BigEndian.PutUint32(a[12:], 1<<31|uint32(n))
	return netip.PrefixFrom(netip.AddrFrom16(a), 128)
}

func delegated(n int) netip.Prefix {
	a := netip.MustParsePrefix(prefixPool).Addr().As16()
	binary.BigEndian.PutUint64(a[:8], binary.BigEndian.Uint64(a[:8])|uint64(n)<<4)
	return netip.PrefixFrom(netip.AddrFrom16(a), 60)
}
