package integ

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// stores are the settings of those that outlive the server. "$STORE" is a
// directory.
var stores = map[string]string{
	"pebble": "{pebble: $STORE}",
}

// crashesVariable is the environment variable that says how often a server is
// crashed, and seedVariable that for the random choices.
const (
	crashesVariable = "STAGE6_TEST_CRASHES"
	seedVariable    = "STAGE6_TEST_SEED"
)

// TestWhatWasAcknowledgedOutlivesTheServer ends the server at random moments in
// the midst of a load of clients that get, renew, release and decline addresses
// and prefixes, again and again: in the midst of reloads and of starts, too. There
// are more clients than addresses, so that leases wander.
func TestWhatWasAcknowledgedOutlivesTheServer(t *testing.T) {
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := newCrowdLab(t, 600, strings.ReplaceAll(store, "$STORE", shortTempDir(t)+"/leases"))
			random, crashes := chance(t), crashes(t, 15)
			for range crashes {
				how := killed
				if random.IntN(8) == 0 {
					how = asked
				}
				c.bustleUntil(1+random.IntN(300), func() { s.stopAtSomeMoment(random, how) })
				s.verify(labtest.Context(t))
				s.dieStarting(random)
				s.start()
				s.wantAcknowledged(c)
			}
			c.bustleUntil(1500, func() {})
			s.wantAcknowledged(c)
			t.Logf("%d crashes, %d leases acknowledged, none lost, none held by two", crashes, c.ledger.acknowledged())
		})
	}
}

// crashes says how often to crash a server: as the environment says, or few times.
func crashes(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv(crashesVariable)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	check(t, err)
	return n
}

// chance gives random numbers and logs how to get the same ones again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		check(t, err)
	}
	t.Logf("%s=%d", seedVariable, seed)
	return rand.New(rand.NewPCG(seed, 6))
}

// stopAtSomeMoment ends the server within the next milliseconds, sometimes in the
// midst of a reload.
func (s *server) stopAtSomeMoment(random *rand.Rand, how ending) {
	s.t.Helper()
	if random.IntN(4) == 0 {
		check(s.t, s.process.Signal(syscall.SIGHUP))
	}
	<-time.After(time.Duration(random.IntN(20_000)) * time.Microsecond)
	s.stop(how)
}

// dieStarting sometimes starts the server and kills it, ready or not.
func (s *server) dieStarting(random *rand.Rand) {
	s.t.Helper()
	for random.IntN(4) == 0 {
		process, err := s.ns.Spawn(nil, s.binary, "serve", "--config", s.config())
		check(s.t, err)
		<-time.After(time.Duration(random.IntN(250)) * time.Millisecond)
		process.Kill()
	}
}

const crowdConfig = `
leases: $LEASES
api: unix:$DIR/api.sock
server6:
  listen: ['[2001:db8:ff::2]']
  decline_quarantine: 1s
  links:
    - name: clients
      prefixes: [2001:db8:10::/64]
  plugins:
    - server_id: auto
    - lifetimes: {preferred: 1h, valid: 2h}
    - pool: '2001:db8:10::1000-2001:db8:10::117f'
    - prefix: {pool: '2001:db8:e000::/49', length: 56}
`

// newCrowdLab joins a crowd to a server that keeps its leases as a setting says.
func newCrowdLab(t *testing.T, members int, leases string) (*crowd, *server) {
	t.Helper()
	return newCrowdBeside(t, labtest.Namespace(t, "server"), members, leases)
}

// newCrowdBeside joins a crowd to a server in a namespace that is there already.
func newCrowdBeside(t *testing.T, ns *netlab.Namespace, members int, leases string) (*crowd, *server) {
	t.Helper()
	l := &lab{t: t, serverSide: ns}
	relay := labtest.Namespace(t, "relay")
	check(t, netlab.Cable(netlab.Port{Namespace: relay, Link: "up"}, netlab.Port{Namespace: l.serverSide, Link: "srv0"}))
	l.address(relay, "up", "2001:db8:ff::1/64")
	l.address(l.serverSide, "srv0", "2001:db8:ff::2/64")
	s := startServer(t, l.serverSide, strings.ReplaceAll(crowdConfig, "$LEASES", leases))
	c := newCrowd(t, relay, netip.MustParseAddr("2001:db8:ff::1"), netip.MustParseAddr("2001:db8:ff::2"), netip.MustParseAddr("2001:db8:10::1"), members)
	return c, s
}

// bustleUntil lets the crowd bustle until so many more leases were acknowledged,
// calls then in the midst of it, and waits until all is quiet.
func (c *crowd) bustleUntil(more int, then func()) {
	c.t.Helper()
	goal := c.ledger.acknowledged() + more
	ctx, cancel := context.WithCancel(c.t.Context())
	quiet := make(chan struct{})
	go func() {
		c.bustle(ctx, 32)
		close(quiet)
	}()
	bound := labtest.Context(c.t)
	for c.ledger.acknowledged() < goal && bound.Err() == nil {
		select {
		case <-c.ledger.more:
		case <-bound.Done():
			c.t.Errorf("%d leases acknowledged, want %d: %v", c.ledger.acknowledged(), goal, context.Cause(bound))
		}
	}
	then()
	cancel()
	<-quiet
}

// wantAcknowledged looks whether the server knows of every lease that it has
// acknowledged.
func (s *server) wantAcknowledged(c *crowd) {
	s.t.Helper()
	out, err := s.ns.Run(labtest.Context(s.t), s.binary, "leases", "--json", "--config", s.config())
	check(s.t, err)
	var listed []struct {
		Prefix netip.Prefix
		DUID   ident.DUID
	}
	check(s.t, json.Unmarshal([]byte(out), &listed))
	owners := map[netip.Prefix]ident.DUID{}
	for _, lease := range listed {
		if other, twice := owners[lease.Prefix]; twice {
			s.t.Errorf("%v is listed for both %v and %v", lease.Prefix, other, lease.DUID)
		}
		owners[lease.Prefix] = lease.DUID
	}
	for prefix, client := range c.ledger.all() {
		if want := ident.DUID(c.members[client].duid.ToBytes()); owners[prefix] != want {
			s.t.Errorf("%v is listed for %v, but was acknowledged to %v", prefix, owners[prefix], want)
		}
	}
	s.verify(labtest.Context(s.t))
}
