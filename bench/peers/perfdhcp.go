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
}

// figures are what perfdhcp tells.
type figures struct {
	exchanges []exchanges
	used      time.Duration // of the processors, by perfdhcp itself
}

// received counts the answers.
func (f figures) received() (n int) {
	for _, e := range f.exchanges {
		n += e.received
	}
	return n
}

// lost gives the share of messages that were not answered, or a second too late.
func (f figures) lost() float64 {
	sent := 0
	for _, e := range f.exchanges {
		sent += e.sent
	}
	if sent == 0 {
		return 1
	}
	return 1 - float64(f.received())/float64(sent)
}

// begun counts the exchanges that the clients began.
func (f figures) begun() int { return f.exchanges[0].sent }

// tolerated is the share of messages that may be lost.
const tolerated = 0.005

// kept says whether the server kept up with a rate: less than half a percent was
// lost, and the clients could ask at that rate at all.
func (f figures) kept(rate int, d time.Duration) bool {
	return f.lost() < tolerated && float64(f.begun()) > 0.97*float64(rate)*d.Seconds()
}

// load has clients ask at a rate, for some whole seconds.
func (l *lab) load(ctx context.Context, s scenario, rate int, d time.Duration) (figures, error) {
	name, args, err := s.generator(rate, int(d/time.Second))
	if err != nil {
		return figures{}, err
	}
	return l.generate(ctx, name, args)
}

// generate runs clients on the cable.
func (l *lab) generate(ctx context.Context, name string, args []string) (figures, error) {
	p, err := l.clients.Spawn(nil, name, args...)
	if err != nil {
		return figures{}, err
	}
	err = p.Wait(ctx)
	if ctx.Err() != nil {
		p.Kill()
		return figures{}, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) { // 3: some were lost
		lines := strings.Split(strings.TrimSpace(p.Output.String()), "\n")
		return figures{}, fmt.Errorf("%s %q: %w: %s", name, args, err, lines[len(lines)-1]) // its last line says why
	}
	f, err := parseFigures(p.Output.String())
	f.used = p.Used()
	return f, err
}

// parseFigures reads what perfdhcp writes at its end.
func parseFigures(out string) (f figures, err error) {
	for line := range strings.Lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if ok && strings.HasPrefix(key, "***Statistics for") {
			f.exchanges = append(f.exchanges, exchanges{kind: strings.Trim(value, "* ")})
			continue
		}
		if len(f.exchanges) == 0 || !ok {
			continue
		}
		if err := f.exchanges[len(f.exchanges)-1].set(key, value); err != nil {
			return f, fmt.Errorf("perfdhcp: %q: %w", strings.TrimSpace(line), err)
		}
	}
	if len(f.exchanges) == 0 {
		return f, fmt.Errorf("perfdhcp told nothing:\n%s", out)
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
	}
	return err
}
