package frame

import (
	"sync/atomic"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestLookingUpAllocatesNothing(t *testing.T) {
	tap, k := fake(64)
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		f, absent := nth(i), nth(i+1)
		k.write(f)
		if lookUp(tap, f) != f.mac || !lookUp(tap, absent).IsZero() {
			t.Fatalf("frame %d", i)
		}
		i++
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// BenchmarkMAC looks up datagrams as they come in batches of 32, and writes
// their frames to the ring.
func BenchmarkMAC(b *testing.B) {
	tap, k := fake(64)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%32 == 0 {
			for j := range 32 {
				k.write(nth(i + j))
			}
		}
		if f := nth(i); lookUp(tap, f) != f.mac {
			b.Fatalf("frame %d", i)
		}
	}
}

// BenchmarkMACInParallel has several sockets look up datagrams.
func BenchmarkMACInParallel(b *testing.B) {
	tap, _ := fake(64)
	for i := range 1024 {
		f := nth(i)
		tap.table.put(&f)
	}
	var next atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := int(next.Add(100)); pb.Next(); i++ {
			if f := nth(i % 1024); lookUp(tap, f) != f.mac {
				b.Errorf("frame %d", i%1024)
			}
		}
	})
}

// BenchmarkMissing looks up datagrams without frames.
func BenchmarkMissing(b *testing.B) {
	tap, _ := fake(1024)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		lookUp(tap, nth(i))
	}
}

// BenchmarkDelivery is what it takes the kernel to carry a datagram from one
// namespace to a machine that has a tap, and to one that has none.
func BenchmarkDelivery(b *testing.B) {
	for name, taps := range map[string]int{"with a tap": 1, "without": 0} {
		b.Run(name, func(b *testing.B) {
			l := &lab{t: b, ctx: labtest.Context(b), server: labtest.Namespace(b, "server")}
			for range taps {
				l.open()
			}
			p := l.link("prov0")
			frame := ethernet(clientMAC, nil, ipv6(clientAddress, 17, udp(clientAddress, "a message")))
			for i := 0; b.Loop(); i++ {
				p.send(frame)
				if taps > 0 && i%1024 == 0 {
					l.tap.sweep()
				}
			}
		})
	}
}
