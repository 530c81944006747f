package listen

import (
	"testing"
	"time"
)

func TestStampsAreTheTimesOfArrival(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.newSet(1, agentsAndServers)
	l.set.options.Stamps = true
	l.start()
	before := time.Now()
	l.client(ns, 546).send(agentsAndServers, "hello")
	p := l.next()
	if got := time.Unix(0, p.Stamp); got.Before(before) || got.After(time.Now()) {
		t.Errorf("stamped %v, want a time since %v", got, before)
	}
}

func TestDatagramsHaveNoStampUnlessAskedFor(t *testing.T) {
	l := machine(t)
	ns := l.link("prov0")
	l.listen(1, agentsAndServers)
	l.client(ns, 546).send(agentsAndServers, "hello")
	if p := l.next(); p.Stamp != 0 {
		t.Errorf("stamped %d, want 0", p.Stamp)
	}
}
