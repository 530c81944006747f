package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// rack is what became of machines that powered on at once.
type rack struct {
	Booted   int           `json:"booted"`
	Failed   int           `json:"failed"`
	Took     time.Duration `json:"took_ns"`
	Twice    int           `json:"twice"` // addresses that were given while another client had them
	Failures []struct {
		Reason string `json:"reason"`
	} `json:"failures"`
	cost   time.Duration // of the processor, for all of them
	memory int           // KiB
}

// rack has machines power on at once, behind a relay agent that tells their MACs,
// and boot through firmware, loader, installer and installed system.
func (l *lab) rack(ctx context.Context, o options) (r rack, err error) {
	before, err := l.cpu()
	if err != nil {
		return r, err
	}
	out, err := l.simulate(ctx, o)
	if err != nil {
		return r, err
	}
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&r); err != nil { // behind it an error may stand
		return r, fmt.Errorf("stage6 simulate: %w\n%s", err, out)
	}
	after, err := l.cpu()
	r.cost = after - before
	memory, err2 := l.memory()
	r.memory = memory
	return r, errors.Join(err, err2)
}

// simulate gives what stage6 simulate says, which ends with 1 where machines failed or had the
// same address.
func (l *lab) simulate(ctx context.Context, o options) (string, error) {
	machines := strconv.Itoa(o.machines)
	out, err := l.clients.Run(ctx, o.binary, "simulate", "--relay", clientsAddress, "--server", serverAddress,
		"--machines", machines, "--at-once", machines, "--mac", firstMAC.String(), "--seed", "1", "--quiet", "--json")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil
	}
	return out, err
}
