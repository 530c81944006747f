package stalls_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/bench/stalls"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestMain lets the tests' program be the one that looks.
func TestMain(m *testing.M) {
	stalls.BeOther(os.Args[1:])
	os.Exit(m.Run())
}

func TestATimeTouchesAStall(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	s := stalls.Stall{From: at(10), Until: at(20)}
	for _, c := range []struct {
		from, until int
		want        bool
	}{{0, 10, false}, {0, 11, true}, {12, 13, true}, {19, 30, true}, {29, 40, true}, {30, 40, false}, {0, 30, true}} {
		if got := s.Touches(at(c.from), at(c.until)); got != c.want {
			t.Errorf("from %d to %d: %v", c.from, c.until, got)
		}
	}
	if s.Took() != 10*time.Millisecond {
		t.Errorf("it took %v", s.Took())
	}
}

func TestStallsOfOneProcessorAddUp(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	found := []stalls.Stall{
		{Processor: 0, From: at(0), Until: at(2)}, {Processor: 1, From: at(1), Until: at(4)},
		{Processor: 0, From: at(6), Until: at(8)}, {Processor: 0, From: at(20), Until: at(29)},
	}
	for _, c := range []struct{ from, until, want int }{{0, 10, 4}, {3, 6, 3}, {7, 9, 2}, {10, 15, 0}, {0, 30, 13}} {
		if got := stalls.Most(found, at(c.from), at(c.until)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("from %d to %d: %v, want %d ms", c.from, c.until, got, c.want)
		}
	}
}

// What a signal stops wakes as late as if its processor had stood still.
func TestAStallIsSeen(t *testing.T) {
	t.Parallel()
	w, err := stalls.Begin()
	if err != nil {
		labtest.Skip(t, err.Error())
	}
	const stopped = 20 * time.Millisecond
	if err := stop(stalls.PID(w), stopped); err != nil {
		t.Fatal(err)
	}
	found, err := w.End()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range found {
		if s.Took() >= stopped {
			return
		}
	}
	t.Errorf("a stop of %v is not among %v", stopped, found)
}

// stop stops a process for at least so long.
func stop(pid int, d time.Duration) error {
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		return err
	}
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return err
		}
		if bytes.Contains(status, []byte("State:\tT")) {
			break
		}
	}
	<-time.After(d)
	return unix.Kill(pid, unix.SIGCONT)
}
