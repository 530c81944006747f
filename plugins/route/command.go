package route

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

const (
	// mostOutput is how much of what a command writes stands in the log, in
	// octets.
	mostOutput = 512
	// graceTime is how long the output of a command that has ended may be kept
	// open by what it has started.
	graceTime = time.Second
)

// command is a program that makes routes, called for one at a time. Nothing
// tells what it has made before the server started: what lives is added then,
// and what has ended removed, once more maybe.
type command struct {
	path    string
	timeout time.Duration
	*known
}

// known is what a command has made.
type known struct {
	mu    sync.Mutex
	there map[netip.Prefix]route // that may be there, as far as is known
}

func newCommand(path string, timeout time.Duration) *command {
	return &command{path: path, timeout: timeout, known: &known{there: map[netip.Prefix]route{}}}
}

// learn takes the routes to leases that have ended, of bindings which are met
// for the first time, for ones that may be there.
func (c *command) learn(changes []lease.Change, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range changes {
		b := changes[i].After
		if changes[i].Before != nil || b == nil || b.IA.Type != ident.PD || !b.Via.IsValid() {
			continue
		}
		for j := range b.Leases {
			if l := &b.Leases[j]; !l.Live(now) {
				c.there[l.Prefix] = route{prefix: l.Prefix, via: b.Via}
			}
		}
	}
}

func (c *command) list() (out []route, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.there {
		out = append(out, r)
	}
	return out, nil
}

func (c *command) add(ctx context.Context, r route) error {
	if err := c.run(ctx, "add", r); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.there[r.prefix] = r
	return nil
}

func (c *command) remove(ctx context.Context, r route) error {
	if err := c.run(ctx, "del", r); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.there, r.prefix)
	return nil
}

// run calls the program with what is to be done, the prefix, the next hop, and
// for a link-local one its interface. It and what it has started are killed at
// the timeout.
func (c *command) run(ctx context.Context, verb string, r route) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("killed after %s", c.timeout))
	defer cancel()
	args := []string{verb, r.prefix.String(), r.via.WithZone("").String()}
	if zone := r.via.Zone(); zone != "" {
		args = append(args, zone)
	}
	var output tail
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = graceTime
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s %s: %w%s", c.path, verb, err, output.shown())
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-mostOutput):]...)
	t.kept = t.kept[max(0, len(t.kept)-mostOutput):]
	return len(p), nil
}

// shown gives what was written, quoted, behind a colon.
func (t *tail) shown() string {
	text := bytes.TrimSpace(t.kept)
	if len(text) == 0 {
		return ""
	}
	return fmt.Sprintf(": %q", text)
}
