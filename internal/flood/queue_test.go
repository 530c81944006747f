package flood_test

import (
	"testing"

	"github.com/stage6/stage6/internal/flood"
)

// fill puts n messages of somebody into a queue and counts those that it takes.
func fill(q *flood.Queue, c flood.Class, link, source uint64, n int) (taken int) {
	for range n {
		if _, r := q.Put(c, link, source); r == flood.Taken {
			taken++
		}
	}
	return taken
}

func TestAQueueIsFilledByWhatIsLeft(t *testing.T) {
	t.Parallel()
	const places = 4096
	tests := map[string]struct {
		class     flood.Class
		flooders  func(i int) (link, source uint64)
		least     int // of the flood's messages that are taken
		most      int
		othersGet int // how many of ten messages of another sender are taken
	}{
		"one sender has a third":                                 {flood.Stranger, func(int) (uint64, uint64) { return 1, 1 }, 600, 700, 10},
		"all senders of a link leave room for another link":      {flood.Stranger, func(i int) (uint64, uint64) { return 1, uint64(i) }, 1700, 1900, 10},
		"all senders of all links leave a little":                {flood.Stranger, func(i int) (uint64, uint64) { return uint64(i / 64), uint64(i) }, 1900, 2048, 0},
		"who has a lease and floods is held back as anybody is":  {flood.Leased, func(int) (uint64, uint64) { return 1, 1 }, 300, 350, 10},
		"a known machine that floods is held back as anybody is": {flood.Known, func(int) (uint64, uint64) { return 1, 1 }, 300, 350, 10},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := flood.NewQueue(places)
			taken := 0
			for i := range 10 * places {
				taken += fill(q, tt.class, first(tt.flooders(i)), second(tt.flooders(i)), 1)
			}
			if taken < tt.least || taken > tt.most || q.Len() != taken {
				t.Errorf("%d messages of the flood are taken, %d wait, want %d to %d", taken, q.Len(), tt.least, tt.most)
			}
			if got := fill(q, tt.class, 2, 2, 10); got < tt.othersGet {
				t.Errorf("%d messages of another sender are taken, want %d", got, tt.othersGet)
			}
			for c := flood.Known; c <= flood.Stranger; c++ {
				if got := fill(q, c, 3, 3, 10); c != tt.class && got != 10 {
					t.Errorf("%d messages of class %d are taken, want 10", got, c)
				}
			}
		})
	}
}

func first(a, _ uint64) uint64  { return a }
func second(_, b uint64) uint64 { return b }

func TestAQueueGivesEverybodyATurn(t *testing.T) {
	t.Parallel()
	q := flood.NewQueue(1024)
	of := map[int]string{}
	put := func(name string, c flood.Class, link, source uint64, n int) {
		for range n {
			place, r := q.Put(c, link, source)
			if r != flood.Taken {
				t.Fatalf("%s is refused: %d", name, r)
			}
			of[place] = name
		}
	}
	put("flooding stranger", flood.Stranger, 1, 1, 100)
	put("quiet stranger", flood.Stranger, 1, 2, 2)
	put("stranger elsewhere", flood.Stranger, 2, 1, 2)
	put("flooding client", flood.Leased, 1, 1, 60)
	put("quiet client", flood.Leased, 1, 2, 2)
	put("machine", flood.Known, 1, 3, 16)
	got := map[string]int{}
	for range 48 {
		place, ok := q.Take()
		if !ok {
			t.Fatal("nothing waits")
		}
		got[of[place]]++
		q.Free(place)
	}
	for _, name := range []string{"quiet stranger", "stranger elsewhere", "quiet client"} {
		if got[name] != 2 {
			t.Errorf("%d messages of a %s were served among the first 48, want both: %v", got[name], name, got)
		}
	}
	if got["machine"] != 16 {
		t.Errorf("%d messages of a known machine were served among the first 48, want all 16: %v", got["machine"], got)
	}
}

func TestAQueueKeepsTheOrderOfASource(t *testing.T) {
	t.Parallel()
	q := flood.NewQueue(64)
	for round := range 50 {
		var in, out []int
		for range 8 {
			place, _ := q.Put(flood.Stranger, 7, 9)
			in = append(in, place)
		}
		for place, ok := q.Take(); ok; place, ok = q.Take() {
			out = append(out, place)
			q.Free(place)
		}
		if len(out) != len(in) {
			t.Fatalf("round %d: %d came out, want %d", round, len(out), len(in))
		}
		for i := range in {
			if in[i] != out[i] {
				t.Fatalf("round %d: they went in as %v and came out as %v", round, in, out)
			}
		}
	}
}

func TestAQueueGivesEachPlaceOnce(t *testing.T) {
	t.Parallel()
	const places = 256
	q := flood.NewQueue(places)
	waiting := map[int]bool{}
	for i := range uint64(20_000) {
		if place, r := q.Put(flood.Class(i%3), i*7919>>3, i*104729>>2); r == flood.Taken {
			if waiting[place] || place >= places {
				t.Fatalf("place %d is given twice", place)
			}
			waiting[place] = true
		}
		if i%2 == 0 {
			place, ok := q.Take()
			if ok != (len(waiting) > 0) || ok && !waiting[place] {
				t.Fatalf("place %d comes out, %v, of %d", place, ok, len(waiting))
			}
			if ok {
				delete(waiting, place)
				q.Free(place)
			}
		}
		if q.Len() != len(waiting) {
			t.Fatalf("%d wait, want %d", q.Len(), len(waiting))
		}
	}
}

func BenchmarkQueue(b *testing.B) {
	q := flood.NewQueue(4096)
	b.ReportAllocs()
	for i := range uint64(b.N) {
		q.Put(flood.Stranger, 1, i*0x9e3779b97f4a7c15>>32)
		if i%4 == 0 {
			if place, ok := q.Take(); ok {
				q.Free(place)
			}
		}
	}
}
