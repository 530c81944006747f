package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// exchanges are what perfdhcp tells of exchanges of one kind, such as
// SOLICIT-ADVERTISE.
type exchanges struct {
	kind           string
	sent, received int
	least, mean    time.Duration // from a message to its answer
	most           time.Duration
}

// figures are what perfdhcp tells.
type figures []exchanges

// received counts the answers.
func (f figures) received() (n int) {
	for _, e := range f {
		n += e.received
	}
	return n
}

// lost gives the share of messages that were not answered.
func (f figures) lost() float64 {
	sent := 0
	for _, e := range f {
		sent += e.sent
	}
	if sent == 0 {
		return 1
	}
	return 1 - float64(f.received())/float64(sent)
}

// perfdhcp runs perfdhcp on the cable.
func (l *lab) perfdhcp(ctx context.Context, args ...string) (figures, error) {
	out, err := l.clients.Run(ctx, "perfdhcp", append([]string{"-6", "-l", "cli0"}, append(args, "all")...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 { // some were lost
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return parseFigures(out)
}

// parseFigures reads what perfdhcp writes at its end.
func parseFigures(out string) (f figures, err error) {
	for line := range strings.Lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if ok && strings.HasPrefix(key, "***Statistics for") {
			f = append(f, exchanges{kind: strings.Trim(value, "* ")})
			continue
		}
		if len(f) == 0 || !ok {
			continue
		}
		if err := f[len(f)-1].set(key, value); err != nil {
			return nil, fmt.Errorf("perfdhcp: %q: %w", strings.TrimSpace(line), err)
		}
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("perfdhcp told nothing:\n%s", out)
	}
	return f, nil
}

// set notes one line.
func (e *exchanges) set(key, value string) (err error) {
	switch key {
	case "sent packets", "sent":
		e.sent, err = strconv.Atoi(value)
	case "received packets", "received":
		e.received, err = strconv.Atoi(value)
	case "min delay":
		e.least, err = milliseconds(value)
	case "avg delay":
		e.mean, err = milliseconds(value)
	case "max delay":
		e.most, err = milliseconds(value)
	}
	return err
}

// milliseconds reads a delay; where there was none it is not a number.
func milliseconds(value string) (time.Duration, error) {
	number, unit, _ := strings.Cut(value, " ")
	if unit != "ms" {
		return 0, nil
	}
	ms, err := strconv.ParseFloat(number, 64)
	return time.Duration(ms * float64(time.Millisecond)), err
}
