package server

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
)

// Counters count what comes in, what goes out and what is dropped. They are
// safe for concurrent use; counting takes no lock once a name is known.
type Counters struct {
	received, sent [256]atomic.Uint64 // by message type
	drops          atomic.Pointer[map[string]*atomic.Uint64]
	adding         sync.Mutex // held by who adds a reason to drops
}

// Received counts a message of a client's.
func (c *Counters) Received(t dhcpv6.MessageType) { c.received[t].Add(1) }

// Sent counts a message to a client.
func (c *Counters) Sent(t dhcpv6.MessageType) { c.sent[t].Add(1) }

// Drop counts an exchange without a reply. Reasons are few: each new one copies
// the map, so that counting a known one is a look-up.
func (c *Counters) Drop(reason string) {
	if drops := c.drops.Load(); drops != nil {
		if n, ok := (*drops)[reason]; ok {
			n.Add(1)
			return
		}
	}
	c.addReason(reason).Add(1)
}

func (c *Counters) addReason(reason string) *atomic.Uint64 {
	c.adding.Lock()
	defer c.adding.Unlock()
	next := map[string]*atomic.Uint64{}
	if drops := c.drops.Load(); drops != nil {
		maps.Copy(next, *drops)
	}
	n, ok := next[reason]
	if !ok {
		n = new(atomic.Uint64)
		next[reason] = n
		c.drops.Store(&next)
	}
	return n
}

// Snapshot gives every counter that is not zero, by name, such as
// received_solicit and dropped_wrong-server-id.
func (c *Counters) Snapshot() map[string]uint64 {
	out := map[string]uint64{}
	c.each(func(d *prometheus.Desc, name string, n uint64) {
		switch d {
		case descReceived:
			out["received_"+name] = n
		case descSent:
			out["sent_"+name] = n
		default:
			out["dropped_"+name] = n
		}
	})
	return out
}

var (
	descReceived = prometheus.NewDesc("stage6_messages_received_total", "Messages of clients that could be read, by type.", []string{"type"}, nil)
	descSent     = prometheus.NewDesc("stage6_messages_sent_total", "Messages to clients, by type.", []string{"type"}, nil)
	descDropped  = prometheus.NewDesc("stage6_dropped_total", "Datagrams that were not answered, by reason.", []string{"reason"}, nil)
)

func (c *Counters) each(yield func(d *prometheus.Desc, name string, n uint64)) {
	for t := range c.received {
		name := typeNames[uint8(t)]
		if n := c.received[t].Load(); n > 0 {
			yield(descReceived, name, n)
		}
		if n := c.sent[t].Load(); n > 0 {
			yield(descSent, name, n)
		}
	}
	if drops := c.drops.Load(); drops != nil {
		for reason, n := range *drops {
			yield(descDropped, reason, n.Load())
		}
	}
}

// typeNames names the messages between clients and servers.
var typeNames = map[uint8]string{
	1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply",
	8: "release", 9: "decline", 11: "information-request",
}

// Describe is that of prometheus.Collector.
func (c *Counters) Describe(ch chan<- *prometheus.Desc) {
	ch <- descReceived
	ch <- descSent
	ch <- descDropped
}

// Collect is that of prometheus.Collector.
func (c *Counters) Collect(ch chan<- prometheus.Metric) {
	c.each(func(d *prometheus.Desc, name string, n uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), name)
	})
}
