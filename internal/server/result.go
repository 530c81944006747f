package server

import (
	"sync/atomic"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/stage"
)

// result is what came of an exchange, for who counts them.
type result uint8

const (
	resultOffered  result = iota // an Advertise with something in it
	resultGranted                // a Reply with a lease; the store may still fail
	resultDenied                 // an answer with nothing of what was asked for
	resultAnswered               // an answer to a message that asks for no lease
	resultDropped                // no answer
	numResults
)

var resultNames = [numResults]string{"offered", "granted", "denied", "answered", "dropped"}

// numStages is how many stages there are, unknown among them.
const numStages = int(stage.Final) + 1

// Who says which machine a client is, where it is no source of identity.
const (
	byHostsDUID = "hosts" // a known machine has the DUID
	byNobody    = "none"  // it is no known machine
)

// note counts what came of the exchange, and who said which machine it is.
func (w *Worker) note(r *Reply, reason string) {
	c := &w.srv.count
	if w.lost {
		c.exchanges[stage.Unknown][resultDropped].Add(1)
		return
	}
	c.exchanges[min(int(w.s.Stage), numStages-1)][resultOf(w.s, r, reason)].Add(1)
	if w.knownBy != "" {
		w.countSource()
	}
}

// source is a counter with its name, of which there are few: mostly it is that of
// the exchange before.
type source struct {
	name  string
	count *atomic.Uint64
}

// countSource counts who said which machine it is.
func (w *Worker) countSource() {
	if w.counted.name != w.knownBy {
		w.counted = source{w.knownBy, w.srv.count.identified.of(w.knownBy)}
	}
	w.counted.count.Add(1)
}

func resultOf(s *exchange.State, r *Reply, reason string) result {
	switch {
	case reason != "":
		return resultDropped
	case !asksForLeases(s):
		return resultAnswered
	}
	for i := range s.IAs {
		if len(s.IAs[i].Grants) > 0 {
			return granted(r)
		}
	}
	return resultDenied
}

// asksForLeases says whether the client wants leases by the message, or to keep
// those that it has.
func asksForLeases(s *exchange.State) bool {
	switch s.Type() {
	case dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeRequest, dhcpv6.MessageTypeRenew, dhcpv6.MessageTypeRebind:
		return len(s.IAs) > 0
	}
	return false
}

func granted(r *Reply) result {
	if r.Type == dhcpv6.MessageTypeAdvertise {
		return resultOffered
	}
	return resultGranted
}

var (
	descExchanges  = prometheus.NewDesc("stage6_exchanges_total", "Messages that could be read and what came of them, by the stage of the machine, where it is known.", []string{"stage", "outcome"}, nil)
	descIdentified = prometheus.NewDesc("stage6_identified_total", "Exchanges by the source that said which known machine the client is: hosts where that has its DUID, none where it is no known machine.", []string{"source"}, nil)
)

// collectExchanges gives the counts of outcomes and sources.
func (c *Counters) collectExchanges(ch chan<- prometheus.Metric) {
	for s := range c.exchanges {
		for o := range c.exchanges[s] {
			n := float64(c.exchanges[s][o].Load())
			ch <- prometheus.MustNewConstMetric(descExchanges, prometheus.CounterValue, n, stage.Stage(s).String(), resultNames[o])
		}
	}
	c.identified.add(byHostsDUID, 0)
	c.identified.add(byNobody, 0)
	c.identified.each(func(source string, n uint64) {
		ch <- prometheus.MustNewConstMetric(descIdentified, prometheus.CounterValue, float64(n), source)
	})
}
