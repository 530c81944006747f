package stalls

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// every is how often a thread looks at the clock.
const every = 500 * time.Microsecond

// BeOther looks for stalls until the standard input ends, when the arguments of a
// program say so, and does not return then.
func BeOther(args []string) {
	if !slices.Equal(args, []string{watchCommand}) {
		return
	}
	if err := other(); err != nil {
		fmt.Fprintln(os.Stderr, "look for stalls:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// other starts a thread on each processor, says so, and waits for the end. There is no
// collection of garbage, which would stop the threads.
func other() error {
	debug.SetGCPercent(-1)
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		return err
	}
	runtime.GOMAXPROCS(mine.Count() + 2)
	l := looker{told: make(chan struct{}), end: make(chan struct{})}
	for n := range len(mine) * int(unsafe.Sizeof(mine[0])) * 8 {
		if !mine.IsSet(n) {
			continue
		}
		begun := make(chan error, 1)
		l.all.Go(func() { l.look(n, begun) })
		if err := <-begun; err != nil {
			return fmt.Errorf("processor %d: %w", n, err)
		}
	}
	fmt.Println("begun")
	close(l.told)
	_, err := io.Copy(io.Discard, os.Stdin)
	close(l.end)
	l.all.Wait()
	return err
}

// looker is the threads that look at the clock.
type looker struct {
	told chan struct{} // closed when the first line is written
	end  chan struct{} // closed at the end
	all  sync.WaitGroup
}

// look looks at the clock from one processor until the end, and once after it, and writes
// what it finds.
func (l *looker) look(processor int, begun chan<- error) {
	runtime.LockOSThread()
	err := ahead(processor)
	last := time.Now()
	begun <- err
	if err != nil {
		return
	}
	for {
		nap()
		now := time.Now()
		if due := last.Add(every); now.Sub(due) >= Least {
			<-l.told
			fmt.Printf(line, processor, due.UnixNano(), now.UnixNano())
			now = time.Now()
		}
		last = now
		select {
		case <-l.end:
			return
		default:
		}
	}
}

// ahead has a thread run on one processor, and before everything else there.
func ahead(processor int) error {
	var one unix.CPUSet
	one.Set(processor)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	return unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: 50}, 0)
}

// nap sleeps without a word to the Go runtime, for whose leave a thread that comes back
// may have to wait.
func nap() {
	t := unix.NsecToTimespec(int64(every))
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
}
