package frame

import (
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

var (
	descSeen    = prometheus.NewDesc("stage6_frame_seen_total", "Frames with datagrams from link-local addresses.", nil, nil)
	descFound   = prometheus.NewDesc("stage6_frame_found_total", "Datagrams whose frame was found.", nil, nil)
	descMissing = prometheus.NewDesc("stage6_frame_missing_total", "Datagrams whose frame was not found, so that the source frame has nothing to say.", nil, nil)
	descDrops   = prometheus.NewDesc("stage6_frame_kernel_drops_total", "Frames that the kernel had no room for.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (t *Tap) Describe(ch chan<- *prometheus.Desc) {
	t.each(func(d *prometheus.Desc, _ uint64) { ch <- d })
}

// Collect is that of prometheus.Collector.
func (t *Tap) Collect(ch chan<- prometheus.Metric) {
	t.countDrops()
	t.each(func(d *prometheus.Desc, n uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	})
}

func (t *Tap) each(yield func(d *prometheus.Desc, n uint64)) {
	yield(descSeen, t.seen.Load())
	yield(descFound, t.found.Load())
	yield(descMissing, t.missing.Load())
	yield(descDrops, t.drops.Load())
}

// countDrops asks the kernel, which counts from the last time that it was asked.
func (t *Tap) countDrops() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring == nil {
		return
	}
	stats, err := unix.GetsockoptTpacketStats(t.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil { // it has no reason to fail
		t.drops.Add(uint64(stats.Drops))
	}
}
