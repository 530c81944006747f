package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// memory is what a server takes, in octets.
type memory struct {
	resident float64 // now, garbage that was not yet swept with it
	most     float64 // ever
	live     float64 // of Go's heap, after a collection
}

// memory gives that of the server, first as it is and then what of it is in use.
func (l *lab) memory(ctx context.Context) (m memory, err error) {
	if m.resident, err = l.status("VmRSS"); err != nil {
		return m, err
	}
	if m.most, err = l.status("VmHWM"); err != nil {
		return m, err
	}
	if _, err := l.ask(ctx, http.MethodGet, "/debug/pprof/heap?gc=1"); err != nil {
		return m, err
	}
	m.live, err = l.metric(ctx, "go_memstats_heap_alloc_bytes")
	return m, err
}

// status gives a line of the kernel's about the server's memory.
func (l *lab) status(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.process.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kib) * 1024, err
		}
	}
	return 0, fmt.Errorf("the status of the server has no %s", name)
}

// cpu gives the processor time of the server so far.
func (l *lab) cpu(ctx context.Context) (time.Duration, error) {
	seconds, err := l.metric(ctx, "process_cpu_seconds_total")
	return time.Duration(seconds * float64(time.Second)), err
}

// metric gives the sum of a metric over its labels.
func (l *lab) metric(ctx context.Context, name string) (float64, error) {
	text, err := l.ask(ctx, http.MethodGet, "/metrics")
	if err != nil {
		return 0, err
	}
	sum, found := 0.0, false
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			return math.NaN(), err
		}
		sum, found = sum+v, true
	}
	if !found {
		return 0, fmt.Errorf("the server has no metric %s", name)
	}
	return sum, nil
}
