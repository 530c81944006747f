package linkwatch

import (
	"net/netip"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
)

// maxServers is how many other servers are remembered: made-up DUIDs must not use
// up memory.
const maxServers = 64

// mentions is how many messages may wait that name another server. What comes
// then is not counted.
const mentions = 64

// maxDUID is the longest DUID (RFC 9915 section 11.1).
const maxDUID = 130

// server is another DHCPv6 server.
type server struct {
	duid        ident.DUID
	link        string
	address     netip.Addr
	known       bool
	first, last time.Time
	count       uint64
}

// mention is a sign of a DHCPv6 server.
type mention struct {
	duid   [maxDUID]byte
	length int
	link   string
	from   netip.Addr // of a server that answered; else unspecified
}

// Named says that a client speaks with another server. It waits for nobody, and
// keeps nothing of its arguments; where too many are told of at once some are
// forgotten.
func (w *Watch) Named(duid []byte, link string) { w.note(duid, link, netip.Addr{}) }

func (w *Watch) note(duid []byte, link string, from netip.Addr) {
	m := mention{length: len(duid), link: link, from: from}
	if m.length == 0 || m.length > maxDUID {
		return
	}
	copy(m.duid[:], duid)
	select {
	case w.heard <- m:
	default:
	}
}

// mentioned takes note of a server.
func (w *Watch) mentioned(m mention) {
	w.mu.Lock()
	defer w.mu.Unlock()
	duid := ident.DUID(m.duid[:m.length])
	if duid == w.rules.Own {
		return
	}
	now := time.Now()
	s := w.server(duid, m.link, now)
	fresh := s.count == 0 || now.Sub(s.last) >= quietTime
	found := m.from.IsValid() && !s.address.IsValid()
	s.last = now
	s.count++
	if m.from.IsValid() {
		s.address, s.link = m.from, m.link
	}
	w.counters.servers.WithLabelValues(knownLabel(s.known)).Inc()
	if (fresh || found) && !s.known {
		w.tellServer(s)
	}
}

// server gives the server of a DUID. A new one takes the place of that of which
// nothing was heard for the longest time, where there is no other.
func (w *Watch) server(duid ident.DUID, link string, now time.Time) *server {
	i := slices.IndexFunc(w.servers, func(s *server) bool { return s.duid == duid })
	if i >= 0 {
		return w.servers[i]
	}
	s := &server{duid: duid, link: link, first: now, known: slices.Contains(w.rules.Known, duid)}
	if len(w.servers) < maxServers {
		w.servers = append(w.servers, s)
		return s
	}
	oldest := 0
	for i, other := range w.servers {
		if other.last.Before(w.servers[oldest].last) {
			oldest = i
		}
	}
	w.servers[oldest] = s
	return s
}

// quietTime is for how long nothing of a server must be heard to be told of it
// again.
const quietTime = time.Hour

func knownLabel(known bool) string {
	if known {
		return "yes"
	}
	return "no"
}

// tellServer tells of a server that nobody has listed.
func (w *Watch) tellServer(s *server) {
	text := "clients speak with another DHCPv6 server, which may be one that went away: where it is meant to be, list its DUID under known_servers"
	fields := logrus.Fields{"link": s.link, "duid": s.duid}
	if s.address.IsValid() {
		text = "another DHCPv6 server answers at " + s.address.String() + ": where it is meant to, list its DUID under known_servers"
	}
	w.Log.WithFields(fields).Warn(text)
	w.Publish(event.Event{Kind: event.OtherServer, Link: s.link, OtherDUID: s.duid, Text: text})
}
