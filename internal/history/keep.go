package history

import (
	"slices"
	"time"

	"github.com/stage6/stage6/internal/exchange"
)

// Keeper keeps exchanges for one goroutine. Its memory is reused.
type Keeper struct {
	ring *Ring
	blob blob
}

// NewKeeper makes a keeper. ring may be nil: then nothing is kept.
func NewKeeper(ring *Ring) *Keeper { return &Keeper{ring: ring} }

// Keep keeps what became of a datagram, by which later Ref can say more.
func (k *Keeper) Keep(datagram []byte, a *exchange.Arrival, o *Outcome) Ref {
	if k.ring == nil {
		return 0
	}
	k.blob = k.blob[:0].record(datagram, a, o)
	return k.ring.put(k.machine(a, o), a.Time.UnixNano(), k.blob)
}

// who is whom an exchange is of.
type who struct {
	key  uint64
	kind kind
}

// machine gives who the exchange is of: the known host, else the MAC, the DUID, or
// the sender.
func (k *Keeper) machine(a *exchange.Arrival, o *Outcome) who {
	s := o.State
	switch {
	case s != nil && s.Host.Host != nil:
		return who{k.ring.machineOf(s.Host.Host.Name), known}
	case s != nil && !s.MAC.IsZero():
		return who{key: k.ring.machineBytes(s.MAC[:])}
	case s != nil && o.Decoded && len(s.Msg.ClientID) > 0:
		return who{key: k.ring.machineBytes(s.Msg.ClientID)}
	}
	b := a.Peer.Addr().As16()
	return who{key: k.ring.machineBytes(b[:])}
}

// found is a record that was copied out of a shard.
type found struct {
	seq  uint64
	at   int64
	disk uint64
	blob []byte
}

// Find gives the newest exchanges that match, after the number since, at most so
// many, the oldest first. What match is given it may keep only if it says true.
func (r *Ring) Find(since uint64, most int, match func(*Record) bool) (out []*Record) {
	if r == nil {
		return nil
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	var buf []byte
	var some []found
	for _, s := range r.shards {
		buf, some = s.copyAll(buf[:0], some[:0], since)
		kept := 0
		for i := range some { // the newest first
			if x := r.read(&some[i]); match(x) {
				out = append(out, x)
				if kept++; kept == most {
					break
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *Record) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return out[max(len(out)-most, 0):]
}

// copyAll copies the records of a shard after a number, the newest first.
func (s *shard) copyAll(buf []byte, out []found, since uint64) ([]byte, []found) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := (len(s.next) - 1 - s.nFree) * chunkSize; cap(buf) < n {
		buf = make([]byte, 0, n) // so that what points into it stays
	}
	for id := range s.each {
		e := &s.entries[id]
		if e.seq <= since {
			break
		}
		start := len(buf)
		buf = s.read(buf, e)
		out = append(out, found{e.seq, e.at, s.disk[id].Load(), buf[start:]})
	}
	return buf, out
}

// read makes a record of what was copied.
func (r *Ring) read(f *found) *Record {
	x := &Record{}
	cast := (&reader{f.blob}).record(x)
	x.Seq, x.Time, x.Cast = f.seq, time.Unix(0, f.at), r.cast(cast)
	how := f.disk & (1<<diskBits - 1)
	x.Disk.Done, x.Disk.Failed, x.Disk.Full = how == diskDone, how == diskFailed, how == diskFull
	x.Disk.After = time.Duration(f.disk>>diskBits&(1<<(serialBits-diskBits)-1)) * time.Microsecond
	return x
}

// Bounds gives the time of the oldest exchange that is kept, and how many are.
func (r *Ring) Bounds() (oldest time.Time, n int) {
	if r == nil {
		return oldest, 0
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	for _, s := range r.shards {
		at, count := s.bounds()
		n += count
		if count > 0 && (oldest.IsZero() || at < oldest.UnixNano()) {
			oldest = time.Unix(0, at)
		}
	}
	return oldest, n
}

func (s *shard) bounds() (oldest int64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.each {
		oldest = s.entries[id].at
		n++
	}
	return oldest, n
}
