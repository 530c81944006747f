package integ

import (
	"context"
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestWhatWasAcknowledgedOutlivesTheServer ends the server in the midst of a load
// of clients that get, renew, release and decline leases, again and again. There
// are more clients than addresses, so that leases wander.
func TestWhatWasAcknowledgedOutlivesTheServer(t *testing.T) {
	t.Parallel()
	c, s := newCrowdLab(t, 600)
	for i, how := range []ending{killed, killed, asked, killed, killed, asked, killed} {
		c.bustleUntil(1200+317*i, func() { s.stop(how) })
		s.verify(labtest.Context(t))
		s.start()
		s.wantAcknowledged(c)
	}
	c.bustleUntil(1500, func() {})
	s.wantAcknowledged(c)
}

const crowdConfig = `
leases: $DIR/leases
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

// newCrowdLab joins a crowd to a server.
func newCrowdLab(t *testing.T, members int) (*crowd, *server) {
	t.Helper()
	l := &lab{t: t, serverSide: labtest.Namespace(t, "server")}
	relay := labtest.Namespace(t, "relay")
	check(t, netlab.Cable(netlab.Port{Namespace: relay, Link: "up"}, netlab.Port{Namespace: l.serverSide, Link: "srv0"}))
	l.address(relay, "up", "2001:db8:ff::1/64")
	l.address(l.serverSide, "srv0", "2001:db8:ff::2/64")
	s := startServer(t, l.serverSide, crowdConfig)
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
