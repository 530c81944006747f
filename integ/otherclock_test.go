package integ

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/leaseclock"
	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/plugins/pebble"
)

// TestLeasesOfAnotherClock starts the server on leases that one granted whose machine
// had another clock, as before somebody set it: what had an hour has an hour, what
// had ended has ended, and what has a moment ends in a moment.
func TestLeasesOfAnotherClock(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		off      time.Duration // of the other clock
		rebooted bool          // the machine, meanwhile
	}{
		"a day ahead":                 {off: day},
		"a day behind":                {off: -day},
		"a day ahead before a reboot": {off: day, rebooted: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{t: t, ns: labtest.Namespace(t, "clock"), dir: shortTempDir(t)}
			var err error
			s.binary, err = buildServer()
			check(t, err)
			leases := filepath.Join(s.dir, "leases")
			writeLeases(t, leases, c.off, c.rebooted, map[string]time.Duration{
				"2001:db8:10::1/128": time.Hour, "2001:db8:10::2/128": -time.Hour, "2001:db8:10::3/128": 5 * time.Second,
			})
			config := "leases: $DIR/leases\napi: unix:$DIR/api.sock\nserver6:\n  listen: ['[::1]']\n  links: [{name: l, prefixes: ['2001:db8:10::/64']}]\n" +
				"  plugins:\n    - server_id: auto\n    - pool: '2001:db8:10::/112'\n"
			check(t, os.WriteFile(s.config(), []byte(strings.ReplaceAll(config, "$DIR", s.dir)), 0o600))
			s.start()
			t.Cleanup(s.end)
			s.wantHour("2001:db8:10::1/128", "2001:db8:10::2/128")
			if out := s.operate("watch", "--since", "0", "--kind", "expired", "--count", "1"); !strings.Contains(out, "2001:db8:10::3") {
				t.Errorf("the lease with a moment left does not expire:\n%s", out)
			}
			s.restart(asked)
			s.wantHour("2001:db8:10::1/128", "2001:db8:10::2/128", "2001:db8:10::3/128")
		})
	}
}

// writeLeases writes a store as a server does whose machine's clock is off: with
// leases that have so much time left.
func writeLeases(t *testing.T, dir string, off time.Duration, rebooted bool, left map[string]time.Duration) {
	t.Helper()
	store, err := pebble.Open(dir, pebble.Options{})
	check(t, err)
	system := leaseclock.Machine()
	system.Wall = func() time.Time { return time.Now().Add(off) }
	if rebooted {
		system.Up = func() (string, time.Duration, error) { return "another", time.Hour, nil }
	}
	clock, err := leaseclock.Open(t.Context(), store, func() (time.Time, error) { return time.Time{}, nil }, system, func(time.Duration) {})
	check(t, err)
	now := clock.Now()
	var changes []lease.Change
	for address, left := range left {
		p := netip.MustParsePrefix(address)
		a := p.Addr().As16()
		changes = append(changes, lease.Change{After: &lease.Binding{
			Key:     lease.Key{DUID: ident.DUID("\x00\x03\x00\x01\x52\x54\x00\x00\x00" + string(a[15:])), IA: ident.IA{Type: ident.NA, ID: 1}},
			Leases:  []lease.Lease{{Prefix: p, State: lease.Active, Preferred: time.Hour, Valid: 2 * time.Hour, Until: now.Add(left), Pool: "pool"}},
			Created: now.Add(left - 2*time.Hour), Updated: now.Add(left - 2*time.Hour), Link: "l",
		}})
	}
	check(t, store.Commit(t.Context(), changes))
	check(t, store.Close())
}

// wantHour wants a lease that is active for an hour, as people read clocks, and
// others that are not.
func (s *server) wantHour(active string, ended ...string) {
	s.t.Helper()
	var got []api.Lease
	check(s.t, json.Unmarshal([]byte(s.operate("leases", "--state", "active", "--json")), &got))
	found := false
	for _, l := range got {
		for _, p := range ended {
			if l.Prefix.String() == p {
				s.t.Errorf("%v, which has ended, is active until %v", p, l.Until)
			}
		}
		if l.Prefix.String() == active {
			found = true
			if left := time.Until(l.Until); left < 50*time.Minute || left > time.Hour+2*time.Second {
				s.t.Errorf("%v has %v left, want an hour", active, left)
			}
		}
	}
	if !found {
		s.t.Errorf("%v is not active", active)
	}
}
