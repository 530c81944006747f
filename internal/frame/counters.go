package frame

import (
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// counters count frames, and datagrams that were looked up.
type counters struct{ seen, found, missing, drops uint64 }

var (
	descSeen    = prometheus.NewDesc("stage6_frame_seen_total", "Frames with datagrams from link-local addresses.", nil, nil)
	descFound   = prometheus.NewDesc("stage6_frame_found_total", "Datagrams whose frame was found.", nil, nil)
	descMissing = prometheus.NewDesc("stage6_frame_missing_total", "Datagrams whose frame was not found, so that the source frame has nothing to say.", nil, nil)
	descDrops   = prometheus.NewDesc("stage6_frame_kernel_drops_total", "Frames that the kernel had no room for.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (t *Tap) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descSeen, descFound, descMissing, descDrops} {
		ch <- d
	}
}

// Collect is that of prometheus.Collector.
func (t *Tap) Collect(ch chan<- prometheus.Metric) {
	c := t.count()
	for d, n := range map[*prometheus.Desc]uint64{descSeen: c.seen, descFound: c.found, descMissing: c.missing, descDrops: c.drops} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
}

// count gives the counters. Of its drops the kernel tells those since it was
// last asked.
func (t *Tap) count() counters {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ring == nil {
		return t.counters
	}
	stats, err := unix.GetsockoptTpacketStats(t.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil { // it has no reason to fail
		t.drops += uint64(stats.Drops)
	}
	return t.counters
}
