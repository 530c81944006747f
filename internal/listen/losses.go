package listen

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// losses are what the kernel dropped of what came for each address: it keeps a
// number of octets for a socket, and nobody read fast enough. The zero value is ready
// for use.
type losses struct {
	mu   sync.Mutex // held for the map
	of   map[string]*loss
	tell func(Loss) // may be nil
}

// Loss is what the kernel dropped for want of room in a socket.
type Loss struct {
	Socket string // its address
	N      uint64 // datagrams since it was last told
}

// loss is that of the sockets of one address.
type loss struct {
	socket      string
	n, untold   atomic.Uint64
	told, added atomic.Int64 // when it was told and added to, in nanoseconds since 1970
}

// tellLossEvery is how often the losses of an address are told.
const tellLossEvery = 10 * time.Second

// lossTime is how long a loss is a problem that Losses names.
const lossTime = time.Minute

// at gives that of an address.
func (l *losses) at(socket string) *loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]*loss{}
	}
	if l.of[socket] == nil {
		l.of[socket] = &loss{socket: socket}
	}
	return l.of[socket]
}

// add takes note of n datagrams that were lost.
func (l *losses) add(at *loss, n uint64, now time.Time) {
	at.n.Add(n)
	untold := at.untold.Add(n)
	at.added.Store(now.UnixNano())
	was := at.told.Load()
	if l.tell == nil || now.UnixNano()-was < int64(tellLossEvery) || !at.told.CompareAndSwap(was, now.UnixNano()) {
		return
	}
	at.untold.Add(-untold)
	l.tell(Loss{at.socket, untold})
}

// Losses says of which sockets the kernel has dropped datagrams within the last minute,
// a line each with what to do. It can be called at any time.
func (s *Set) Losses() (out []string) {
	l := &s.counters.losses
	l.mu.Lock()
	defer l.mu.Unlock()
	for socket, at := range l.of {
		if time.Since(time.Unix(0, at.added.Load())) < lossTime {
			out = append(out, fmt.Sprintf("more comes to %s than is read: the kernel has dropped %d datagrams, the last within a minute: look for who floods it (stage6 watch --kind flood); if nobody does, give the server CAP_NET_ADMIN or raise net.core.rmem_max", socket, at.n.Load()))
		}
	}
	slices.Sort(out)
	return out
}

var descSocketDrops = prometheus.NewDesc("stage6_listen_socket_kernel_drops_total", "Datagrams that the kernel dropped before they were read, by the address that they came to.", []string{"socket"}, nil)

func (l *losses) collect(ch chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for socket, at := range l.of {
		ch <- prometheus.MustNewConstMetric(descSocketDrops, prometheus.CounterValue, float64(at.n.Load()), socket)
	}
}
