package integ

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/stage6/stage6/internal/hostile"
	"github.com/stage6/stage6/internal/listen"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestHostile sends every hostile case to a server that runs. Each datagram is
// answered as it should be or counted as a drop under its name, the next good message
// is answered, and the same process goes on, without much more memory, and without
// telling its log of each.
func TestHostile(t *testing.T) {
	t.Parallel()
	a, station := newAttacker(t)
	s := startServer(t, station, hostile.Config("leases: $DIR/leases\napi: unix:$DIR/api.sock\n"))
	x := &attack{t: t, attacker: a, server: s, pid: s.process.PID()}
	x.good(hostile.Group, x.next())
	x.good(hostile.Relayed, x.next())
	x.memory = x.peak()
	x.before = x.settled(nil, x.number)
	cases := hostile.Cases(capturedMessages(t))
	sent := 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { x.run(t, &c) })
		sent += len(c.Datagrams)
	}
	x.wantBounds()
	t.Logf("%d hostile cases of %d datagrams; peak memory %d KiB, %d KiB before", len(cases), sent, x.peak()>>10, x.memory>>10)
}

// capturedMessages gives what clients sent in the captures.
func capturedMessages(t *testing.T) (out [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../internal/wire/testdata/captures/*.pcap")
	check(t, err)
	slices.Sort(files)
	for _, name := range files {
		f, err := os.Open(name)
		check(t, err)
		check(t, netlab.EachPacket(f, func(p netlab.Packet) bool {
			if p.Destination.Port() == 547 {
				out = append(out, p.Payload)
			}
			return true
		}))
		check(t, f.Close())
	}
	return out
}

// attack is a server under attack.
type attack struct {
	*attacker
	t      *testing.T
	server *server
	pid    int
	memory int                // octets at its beginning
	number int                // of good messages
	before map[string]float64 // the metrics after the last case
}

func (x *attack) next() int { x.number++; return x.number }

// run sends the datagrams of a case and looks at what came of them.
func (x *attack) run(t *testing.T, c *hostile.Case) {
	x.attacker.t, x.server.t = t, t
	defer func() { x.attacker.t, x.server.t = x.t, x.t }()
	before, from, good := x.before, x.mark(), x.number
	for i, d := range c.Datagrams {
		mark := x.mark()
		x.send(c.Way, d)
		if xid, ok := hostile.XID(d); ok && c.InTurn {
			x.await(mark, xid)
		}
		if i%32 == 31 || len(d) > listen.MaxDatagram { // so that the kernel has room for them
			x.good(c.Way, x.next())
		}
	}
	x.good(c.Way, x.next())
	after := x.settled(before, len(c.Datagrams)+x.number-good)
	x.before = after
	x.wantCounted(t, c, before, after)
	x.wantAnswers(t, c, from)
	if pid := x.server.process.PID(); pid != x.pid || !x.runs() {
		t.Fatalf("the server ended:\n%s", x.server.process.Output)
	}
}

// samples gives the metrics that there are, by names and labels.
func (x *attack) samples() map[string]float64 {
	x.server.t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(x.server.scrape()))
	check(x.t, err)
	out := map[string]float64{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			id := name
			for _, l := range m.GetLabel() {
				id += " " + l.GetValue()
			}
			out[id] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return out
}

// settled waits until all of so many datagrams are answered or dropped, and gives the
// metrics then.
func (x *attack) settled(before map[string]float64, sent int) (after map[string]float64) {
	x.server.t.Helper()
	ctx := labtest.Context(x.server.t)
	for {
		after = x.samples()
		done := 0
		for name, n := range after {
			if name == "stage6_listen_sent_total" || strings.HasPrefix(name, "stage6_dropped_total ") {
				done += int(n - before[name])
			}
		}
		if done == sent && int(after["stage6_listen_received_total"]-before["stage6_listen_received_total"]) == sent {
			return after
		}
		select {
		case <-time.After(20 * time.Millisecond): // until nothing is on its way any more
		case <-ctx.Done():
			x.server.t.Fatalf("%d of %d datagrams are answered or dropped: %v", done, sent, context.Cause(ctx))
		}
	}
}

// wantCounted wants that drops rose under their names alone, and the options that were
// skipped.
func (x *attack) wantCounted(t *testing.T, c *hostile.Case, before, after map[string]float64) {
	t.Helper()
	want := map[string]int{}
	for _, d := range c.Datagrams {
		if reason := onTheWire(c, d); reason != "" {
			want["stage6_dropped_total "+reason]++
		}
	}
	for name, n := range after {
		if rose := int(n - before[name]); c.Drop != hostile.Any && strings.HasPrefix(name, "stage6_dropped_total ") && rose != want[name] {
			t.Errorf("%s rose by %d, want %d", name, rose, want[name])
		}
	}
	for _, code := range c.Skipped {
		name := "stage6_options_skipped_total " + map[bool]string{true: "other"}[code == 0]
		if code != 0 {
			name += strconv.Itoa(int(code))
		}
		if len(c.Datagrams[0]) <= listen.MaxDatagram && after[name] <= before[name] {
			t.Errorf("%s did not rise", name)
		}
	}
	for _, name := range []string{"stage6_listen_kernel_drops_total", "stage6_listen_send_errors_total"} {
		if after[name] != before[name] {
			t.Errorf("%s rose by %v", name, after[name]-before[name])
		}
	}
}

// onTheWire is the reason for which a datagram is dropped that comes over a network:
// one that is too long is not looked at.
func onTheWire(c *hostile.Case, datagram []byte) string {
	if len(datagram) > listen.MaxDatagram {
		return "oversize"
	}
	return c.Drop
}

// wantAnswers judges the answers.
func (x *attack) wantAnswers(t *testing.T, c *hostile.Case, from int) {
	t.Helper()
	heard, _ := x.answers(from)
	byXID := map[[3]byte][][]byte{}
	for _, h := range heard {
		xid, _ := hostile.XID(h)
		if byXID[xid] = append(byXID[xid], h); xid[0] == 0xee {
			continue
		}
		if err := c.Judge(h); err != nil {
			t.Error(err)
		}
	}
	if c.Check == nil || t.Failed() {
		return
	}
	var replies [][]byte
	for i, d := range c.Datagrams {
		xid, _ := hostile.XID(d)
		if len(byXID[xid]) == 0 {
			t.Fatalf("datagram %d has no answer", i+1)
		}
		replies, byXID[xid] = append(replies, byXID[xid][0]), byXID[xid][1:]
	}
	if err := c.Check(replies); err != nil {
		t.Error(err)
	}
}

// runs says whether the process that the test began with is there.
func (x *attack) runs() bool {
	select {
	case <-x.server.process.Done():
		return false
	default:
		return true
	}
}

// peak gives the most memory that the server had, in octets.
func (x *attack) peak() int {
	x.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", x.pid))
	check(x.t, err)
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	check(x.t, err)
	return kib << 10
}

// Bounds of what all cases together may leave behind.
const (
	mostMemory = 96 << 20 // more than at the beginning; the history of exchanges takes 16 MiB of it
	mostLines  = 200      // of the log
)

func (x *attack) wantBounds() {
	x.t.Helper()
	if grown := x.peak() - x.memory; grown > mostMemory {
		x.t.Errorf("the server took %d MiB more, want at most %d", grown>>20, mostMemory>>20)
	}
	if lines := strings.Count(x.server.process.Output.String(), "\n"); lines > mostLines {
		x.t.Errorf("the log has %d lines, want at most %d:\n%s", lines, mostLines, x.server.process.Output)
	}
}
