package server_test

import (
	"testing"

	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// ways are how messages reach the server.
var ways = []string{"direct", "relayed"}

// text gives the message as it arrives in a way.
func (c *fleetCase) text(way string) string {
	if way == "relayed" {
		return c.relayed()
	}
	return c.direct()
}

// eachExchange runs do for every message in every way, over a fleet.
func eachExchange(f *fleet, do func(name string, c *fleetCase, text string)) {
	cases := fleetCases()
	for _, way := range ways {
		for i := range cases {
			do(way+"/"+cases[i].name, &cases[i], cases[i].text(way))
		}
	}
}

// TestExchangesAllocateNothing of their own, whatever they change, for clients whose
// DUIDs were seen before. Memory for what waits for the disk is taken for several
// changes at a time, which is less than one allocation for each.
func TestExchangesAllocateNothing(t *testing.T) {
	const runs = 200
	f := newFleet(t, runs+1, history.New(history.Options{}))
	eachExchange(f, func(name string, c *fleetCase, text string) {
		t.Run(name, func(t *testing.T) {
			f.tb = t
			f.prepare(c, text)
			i := 0
			n := testing.AllocsPerRun(runs, func() {
				r, drop := f.serve(i)
				if i++; drop != "" || r.Ticket.IsZero() == c.commits {
					t.Fatalf("dropped %q, or waits for the disk: %v", drop, !r.Ticket.IsZero())
				}
				f.commitEach(i - 1)
			})
			if n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	})
}

// TestAFleetIsAnswered shows that the messages which the benchmarks measure are
// answered as they should be.
func TestAFleetIsAnswered(t *testing.T) {
	f := newFleet(t, 300, nil)
	eachExchange(f, func(name string, c *fleetCase, text string) {
		t.Run(name, func(t *testing.T) {
			f.tb = t
			f.prepare(c, text)
			for round := range 2 {
				for i := range f.size {
					if r := f.mustServe(i); r.Type != c.answer || r.Ticket.IsZero() == c.commits {
						t.Fatalf("round %d, machine %d: got\n%s", round, i, dhcptext.Format(r.Data))
					}
				}
				f.restore()
			}
		})
	})
}

// BenchmarkExchange is the whole way from a datagram to its reply, by message, over
// 50,000 machines that are known hosts and send it one after the other. What
// changes leases is durable at once, 64 exchanges together.
func BenchmarkExchange(b *testing.B) {
	f := newFleet(b, 50_000, history.New(history.Options{}))
	eachExchange(f, func(name string, c *fleetCase, text string) {
		b.Run(name, func(b *testing.B) {
			f.tb = b
			f.prepare(c, text)
			f.run(b)
		})
	})
}
