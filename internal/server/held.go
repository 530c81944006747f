package server

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
)

// heldReasons are the reasons to drop of which so many come that only a few are
// kept and told.
var heldReasons = [...]string{DropClientFlood, DropNeighborFlood, DropSourceFlood, DropLinkFlood, DropAlreadyAnswering}

// How often a drop for such a reason is told as an event, and kept for who asks
// later: whoever floods must not make the server forget others.
const (
	tellHeldEvery = 10 * time.Second
	keepHeldEvery = 100 * time.Millisecond
)

// notices says of which drops to tell, by their reasons. It is safe for concurrent
// use and takes no lock.
type notices [len(heldReasons)]struct {
	told, kept atomic.Int64  // when, in nanoseconds since 1970
	untold     atomic.Uint64 // drops since told
}

// due says whether the time after the last one has gone by, and takes note if so.
func due(last *atomic.Int64, now time.Time, every time.Duration) bool {
	was, at := last.Load(), now.UnixNano()
	return at-was >= int64(every) && last.CompareAndSwap(was, at)
}

// held is a message that floods keep from being served.
type held struct {
	reason   string
	arrival  *exchange.Arrival
	clientID []byte
	link     string
}

// hold counts and tells of a message that is not served, and says whether to keep
// it.
func (s *Server) hold(h held) (keep bool) {
	i := slices.Index(heldReasons[:], h.reason)
	s.count.held[i].add(h.link, 1)
	n := &s.guard.notices[i]
	untold := n.untold.Add(1)
	if h.reason != DropAlreadyAnswering && due(&n.told, h.arrival.Time, tellHeldEvery) {
		n.untold.Add(-untold)
		s.events.Publish(h.event(untold))
	}
	return due(&n.kept, h.arrival.Time, keepHeldEvery)
}

// floodTime is how long a drop makes a flood that Floods names.
const floodTime = time.Minute

// Floods says what is being held back, a line for each reason.
func (s *Server) Floods(now time.Time) (out []string) {
	if s.guard == nil {
		return nil
	}
	for i, reason := range heldReasons {
		n := &s.guard.notices[i]
		if text := heldTexts[reason]; text != "" && now.Sub(time.Unix(0, n.kept.Load())) < floodTime {
			out = append(out, fmt.Sprintf("%s (%s): the others are served; stage6 watch --kind flood names who sends it", text, reason))
		}
	}
	return out
}

// event tells of a message and of those that were not told of before.
func (h *held) event(n uint64) event.Event {
	return event.Event{
		Kind: event.Flood, Time: h.arrival.Time, Reason: h.reason, Link: h.link, MAC: h.arrival.FrameMAC, DUID: ident.DUID(h.clientID),
		Text: fmt.Sprintf("%s: messages not served since this was last told: %d, this one from %v", heldTexts[h.reason], n, h.arrival.Peer.Addr()),
	}
}

// heldTexts say what reasons mean.
var heldTexts = map[string]string{
	DropClientFlood:   "one client sends more than limits.client allows",
	DropNeighborFlood: "more strangers on a link than limits.neighbors allows",
	DropSourceFlood:   "more comes than can be served, most of it from one sender",
	DropLinkFlood:     "more comes than can be served, most of it from one link",
}

// tellHeld tells of a message that the guard held back, and says whether to keep
// it; others are kept.
func (w *Worker) tellHeld(reason string) (keep bool) {
	if w.srv.guard == nil || !slices.Contains(heldReasons[:], reason) {
		return true
	}
	if w.s.Link == nil {
		w.srv.selectLink(w.s)
	}
	return w.srv.hold(held{reason, &w.s.Arrival, w.s.Msg.ClientID, linkName(w.s)})
}

func linkName(s *exchange.State) string {
	if s.Link == nil {
		return ""
	}
	return s.Link.Name
}

var descHeld = prometheus.NewDesc("stage6_flood_dropped_total", "Messages that floods kept from being served, by the reason and the link, which is empty where none is known.", []string{"reason", "link"}, nil)

// collectHeld gives the counts of messages that were not served.
func (c *Counters) collectHeld(ch chan<- prometheus.Metric) {
	for i, reason := range heldReasons {
		c.held[i].add("", 0)
		c.held[i].each(func(link string, n uint64) {
			ch <- prometheus.MustNewConstMetric(descHeld, prometheus.CounterValue, float64(n), reason, link)
		})
	}
}
