package listen

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// counters count what goes through the sockets of a Set.
type counters struct {
	received, oversize, sent, sendErrors, kernelDrops atomic.Uint64
	losses                                            losses
	unsent                                            unsent
}

// count counts datagrams that came in.
func (c *counters) count(packets []Packet) {
	c.received.Add(uint64(len(packets)))
	for i := range packets {
		if packets[i].Oversize {
			c.oversize.Add(1)
		}
	}
}

var (
	descReceived    = prometheus.NewDesc("stage6_listen_received_total", "Datagrams that came in.", nil, nil)
	descOversize    = prometheus.NewDesc("stage6_listen_oversize_total", "Datagrams that came in and were too long to be read.", nil, nil)
	descSent        = prometheus.NewDesc("stage6_listen_sent_total", "Datagrams that the kernel took for sending.", nil, nil)
	descSendErrors  = prometheus.NewDesc("stage6_listen_send_errors_total", "Datagrams that could not be sent.", nil, nil)
	descKernelDrops = prometheus.NewDesc("stage6_listen_kernel_drops_total", "Datagrams that the kernel dropped before they were read, mostly for want of buffer.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (s *Set) Describe(ch chan<- *prometheus.Desc) {
	s.counters.each(func(d *prometheus.Desc, _ uint64) { ch <- d })
	ch <- descSocketDrops
	ch <- descUnsent
}

// Collect is that of prometheus.Collector.
func (s *Set) Collect(ch chan<- prometheus.Metric) {
	s.counters.each(func(d *prometheus.Desc, n uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	})
	s.counters.losses.collect(ch)
	s.counters.unsent.collect(ch)
}

func (c *counters) each(yield func(d *prometheus.Desc, n uint64)) {
	yield(descReceived, c.received.Load())
	yield(descOversize, c.oversize.Load())
	yield(descSent, c.sent.Load())
	yield(descSendErrors, c.sendErrors.Load())
	yield(descKernelDrops, c.kernelDrops.Load())
}
