package events

import (
	"hash/maphash"
	"time"

	"github.com/stage6/stage6/event"
)

const (
	// mergeTime is how long what goes on happening is only counted.
	mergeTime = 5 * time.Minute
	// recentSize is how many different events are remembered for that. One
	// takes the place of another by chance, which is then told again.
	recentSize = 4096
)

// merges says whether events of a kind come again and again as long as nobody
// sees to what is wrong. Of the others each one is news.
func merges(k event.Kind) bool {
	switch k {
	case event.Seen, event.Identified, event.Disagreement, event.Denied, event.Conflict, event.RouteFailed,
		event.RAProblem, event.OtherServer:
		return true
	}
	return false
}

// recent remembers what was told lately, by its key.
type recent []struct {
	key     uint64
	told    time.Time
	repeats uint64
}

// isNew says whether an event was not told lately, and then says in it how often
// it happened since.
func (r recent) isNew(key uint64, e *event.Event) bool {
	at := &r[key%uint64(len(r))]
	if at.key != key {
		at.key, at.told, at.repeats = key, e.Time, 0
		return true
	}
	if e.Time.Sub(at.told) < mergeTime {
		at.repeats++
		return false
	}
	e.Repeats, at.told, at.repeats = at.repeats, e.Time, 0
	return true
}

// key gives a number for what is the same in events that are merged. The DUID
// belongs to it where no machine is known, and where it is what is told.
func (l *Log) key(e *event.Event, duid []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	h.WriteByte(byte(e.Kind))
	if e.Host == "" || e.Kind == event.Identified {
		h.Write(duid)
		h.WriteString(string(e.DUID))
	}
	for _, s := range [...]string{e.Host, e.Link, e.Source, e.Other, e.Reason, e.Text} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	address := e.Prefix.Addr().As16()
	h.Write(address[:])
	h.WriteByte(byte(e.Prefix.Bits()))
	return h.Sum64()
}
