package listen

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// unsentReason is why the kernel did not send something.
type unsentReason int

// The reasons.
const (
	noRoom      unsentReason = iota // for what neighbours that do not answer keep waiting, or a full queue
	noRoute                         // to a relay agent, or the interface is down or gone
	refused                         // by a firewall
	otherReason                     // such as a reply that no packet can hold
	unsentReasons
)

var unsentNames = [unsentReasons]string{"no-room", "no-route", "refused", "other"}

// unsentBecause gives the reason of an error.
func unsentBecause(errno unix.Errno) unsentReason {
	switch errno {
	case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM:
		return noRoom
	case unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENETDOWN, unix.ENODEV, unix.ENXIO, unix.EADDRNOTAVAIL:
		return noRoute
	case unix.EPERM, unix.EACCES:
		return refused
	}
	return otherReason
}

// unsent counts what was not sent, by reason.
type unsent [unsentReasons]atomic.Uint64

var descUnsent = prometheus.NewDesc("stage6_listen_unsent_total", "Datagrams that the kernel did not send, by reason.", []string{"reason"}, nil)

func (u *unsent) add(errno unix.Errno) { u[unsentBecause(errno)].Add(1) }

func (u *unsent) collect(ch chan<- prometheus.Metric) {
	for i := range u {
		ch <- prometheus.MustNewConstMetric(descUnsent, prometheus.CounterValue, float64(u[i].Load()), unsentNames[i])
	}
}
