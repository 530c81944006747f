package server

import (
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"
)

// Counters count what comes in, what goes out and what is dropped. They are
// safe for concurrent use; counting takes no lock once a name is known.
type Counters struct {
	received, sent [256]atomic.Uint64 // by message type
	drops          named
	exchanges      [numStages][numResults]atomic.Uint64
	skipped        skipped
	identified     named                   // exchanges by who said which machine the client is
	held           [len(heldReasons)]named // messages that were not served, by link
}

// Received counts a message of a client's.
func (c *Counters) Received(t dhcpv6.MessageType) { c.received[t].Add(1) }

// Sent counts a message to a client.
func (c *Counters) Sent(t dhcpv6.MessageType) { c.sent[t].Add(1) }

// Drop counts an exchange without a reply.
func (c *Counters) Drop(reason string) { c.drops.add(reason, 1) }

// Snapshot gives every counter that is not zero, by name, such as
// received_solicit and dropped_wrong-server-id.
func (c *Counters) Snapshot() map[string]uint64 {
	out := map[string]uint64{}
	c.each(func(d *prometheus.Desc, name string, n uint64) {
		switch {
		case n == 0:
		case d == descReceived:
			out["received_"+name] = n
		case d == descSent:
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
	for t, name := range map[dhcpv6.MessageType]string{
		dhcpv6.MessageTypeSolicit: "solicit", dhcpv6.MessageTypeRequest: "request", dhcpv6.MessageTypeConfirm: "confirm",
		dhcpv6.MessageTypeRenew: "renew", dhcpv6.MessageTypeRebind: "rebind", dhcpv6.MessageTypeRelease: "release",
		dhcpv6.MessageTypeDecline: "decline", dhcpv6.MessageTypeInformationRequest: "information-request",
	} {
		yield(descReceived, name, c.received[t].Load())
	}
	yield(descSent, "advertise", c.sent[dhcpv6.MessageTypeAdvertise].Load())
	yield(descSent, "reply", c.sent[dhcpv6.MessageTypeReply].Load())
	for _, reason := range reasons() {
		c.drops.add(reason, 0) // an alarm sees that a counter rises, not that it comes
	}
	c.drops.each(func(reason string, n uint64) { yield(descDropped, reason, n) })
}

// Describe is that of prometheus.Collector.
func (c *Counters) Describe(ch chan<- *prometheus.Desc) {
	ch <- descReceived
	ch <- descSent
	ch <- descDropped
	ch <- descExchanges
	ch <- descIdentified
	ch <- descSkipped
	ch <- descHeld
}

// Collect is that of prometheus.Collector.
func (c *Counters) Collect(ch chan<- prometheus.Metric) {
	c.each(func(d *prometheus.Desc, name string, n uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), name)
	})
	c.collectExchanges(ch)
	c.skipped.collect(ch)
	c.collectHeld(ch)
}
