// Package stalls tells when a machine's processors themselves stood still, so that what
// a measurement blames on a server is not its machine's: the host of a virtual machine
// takes a processor away for milliseconds, and nothing inside sees it but in the clock.
//
// A thread of real-time priority on each processor sleeps for half a millisecond again
// and again, and looks at the clock. Whatever else runs gives way to it. So it wakes late
// only where the processor did not run, or where the kernel did something that it does not interrupt.
// It is a program of its own, since in this one Go's collection of garbage would stop it.
package stalls

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Least is what is short enough not to be told of: a thread may wake so late by itself.
const Least = 150 * time.Microsecond

// Stall is a time in which a processor did not run.
type Stall struct {
	Processor   int
	From, Until time.Time
}

// Took gives how long it was.
func (s Stall) Took() time.Duration { return s.Until.Sub(s.From) }

// Touches says whether something that was under way from one time to another met a stall,
// or began while what had waited for the end of one was worked off: not later than the stall was long.
func (s Stall) Touches(from, until time.Time) bool {
	return s.From.Before(until) && from.Before(s.Until.Add(s.Took()))
}

// Most gives how long that processor stood still that did so longest while something was
// under way, in all stalls that it met.
func Most(found []Stall, from, until time.Time) (most time.Duration) {
	of := map[int]time.Duration{}
	for _, s := range found {
		if s.Touches(from, until) {
			of[s.Processor] += s.Took()
			most = max(most, of[s.Processor])
		}
	}
	return most
}

// Watch looks for stalls.
type Watch struct {
	command *exec.Cmd
	stop    io.Closer
	done    chan struct{} // closed when all was read
	found   []Stall
	err     error
}

// watchCommand is the word by which a program knows that it is to be the other one.
const watchCommand = "watch-for-stalls"

// Begin begins to look, with this program started once more: its main function, or
// TestMain, has to call BeOther first of all. It takes the right to real-time
// priorities, which root has.
func Begin() (*Watch, error) {
	w := &Watch{command: exec.Command("/proc/self/exe", watchCommand)}
	w.command.Stderr = os.Stderr
	in, err := w.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.command.Start(); err != nil {
		return nil, fmt.Errorf("look for stalls: %w", err)
	}
	w.stop, w.done = in, make(chan struct{})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return nil, errors.Join(fmt.Errorf("look for stalls: nothing says that it has begun"), w.command.Wait())
	}
	go w.read(lines)
	return w, nil
}

// read reads what is found as it is found, since the other program would wait where a pipe
// is full.
func (w *Watch) read(lines *bufio.Scanner) {
	defer close(w.done)
	for lines.Scan() {
		s, err := parse(lines.Text())
		w.found, w.err = append(w.found, s), errors.Join(w.err, err)
	}
	w.err = errors.Join(w.err, lines.Err())
}

// End ends the looking and gives what was found.
func (w *Watch) End() ([]Stall, error) {
	err := w.stop.Close()
	<-w.done
	return w.found, errors.Join(err, w.err, w.command.Wait())
}

// line is how the two programs write a stall: the processor, and nanoseconds.
const line = "%d %d %d\n"

func parse(text string) (s Stall, err error) {
	var from, until int64
	if _, err := fmt.Sscanf(text+"\n", line, &s.Processor, &from, &until); err != nil {
		return s, fmt.Errorf("a stall that reads %q: %w", text, err)
	}
	s.From, s.Until = time.Unix(0, from), time.Unix(0, until)
	return s, nil
}
