package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpu gives the processor time of the server and its threads so far, its own and
// the kernel's for it: the clock of that process, which counts nanoseconds, where
// /proc has hundredths of a second.
func (l *lab) cpu() (time.Duration, error) {
	const ofProcess = 2 // CPUCLOCK_SCHED of the kernel; clock_getcpuclockid(3) makes it, too
	var t unix.Timespec
	err := unix.ClockGettime(int32(^l.process.PID()<<3|ofProcess), &t)
	return time.Duration(t.Nano()), err
}

// use is what the server and its threads took of the processors so far.
type use struct {
	time  time.Duration
	waits int // of threads that are still there
}

func (l *lab) use() (u use, err error) {
	if u.time, err = l.cpu(); err != nil {
		return u, err
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", l.process.PID()))
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		n, err := parseCount(string(text), "voluntary_ctxt_switches")
		if err != nil {
			return u, err
		}
		u.waits += n
	}
	return u, err
}

// memory gives the most that the server had in memory, in KiB.
func (l *lab) memory() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.process.PID()))
	if err != nil {
		return 0, err
	}
	return parseCount(string(text), "VmHWM")
}

// parseCount reads a number of /proc/PID/status.
func parseCount(text, key string) (int, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok && len(strings.Fields(rest)) > 0 {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, fmt.Errorf("the status of the server has no %s", key)
}

// waiting gives the octets that wait in the server's sockets.
func (l *lab) waiting() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp6", l.process.PID()))
	if err != nil {
		return 0, err
	}
	return parseQueues(string(text))
}

// parseQueues sums up the receive queues of /proc/net/udp6 on port 547.
func parseQueues(text string) (octets int, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasSuffix(fields[1], ":0223") {
			continue
		}
		_, queue, _ := strings.Cut(fields[4], ":")
		n, err := strconv.ParseUint(queue, 16, 32)
		if err != nil {
			return 0, fmt.Errorf("udp6: %q: %w", line, err)
		}
		octets += int(n)
	}
	return octets, nil
}

// idle gives how long the processors of the machine did nothing so far, in sum.
func idle() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseIdle(string(text))
}

// parseIdle reads the fields "idle" and "iowait" of /proc/stat.
func parseIdle(text string) (time.Duration, error) {
	first, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(first)
	if len(fields) < 6 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat: %q", first)
	}
	idle, err := strconv.Atoi(fields[4])
	wait, err2 := strconv.Atoi(fields[5])
	const tick = 10 * time.Millisecond
	return time.Duration(idle+wait) * tick, errors.Join(err, err2)
}

// busy tells how much of the processors others use, where that is more than a tenth:
// then no figure is worth much. It looks for a second.
func busy() (string, error) {
	before, err := idle()
	time.Sleep(time.Second)
	after, err2 := idle()
	free := shareOf(time.Second, 0, 0, after-before).idle
	if err := errors.Join(err, err2); err != nil || free > 0.9 {
		return "", err
	}
	return fmt.Sprintf("**Others used %.0f %% of the processors before the measurement began: its figures are rough.**\n\n", 100*(1-free)), nil
}

// shares are parts of what all processors could do in a measurement.
type shares struct{ server, generator, idle float64 }

// shareOf gives the shares of times that were taken within d.
func shareOf(d, server, generator, idle time.Duration) shares {
	all := d.Seconds() * float64(runtime.NumCPU())
	return shares{server.Seconds() / all, generator.Seconds() / all, idle.Seconds() / all}
}
