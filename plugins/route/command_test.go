package route

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stage6/stage6/lease"
)

// program makes a command that writes down how it was called, and then does
// what the shell script says. It gives the lines that it has written.
func program(t *testing.T, timeout time.Duration, script string) (c *command, calls func() []string) {
	t.Helper()
	dir := t.TempDir()
	log, path := filepath.Join(dir, "log"), filepath.Join(dir, "route")
	text := fmt.Sprintf("#!/bin/sh\necho \"$@\" >> %s\n%s\n", log, script)
	// A program that another test starts meanwhile would hold the file open for
	// writing for a moment, and then it cannot be run.
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(text), 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return newCommand(path, timeout), func() []string {
		written, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(written), "\n"), "\n")
	}
}

func TestACommandIsToldOfRoutes(t *testing.T) {
	c, calls := program(t, time.Minute, "")
	direct, relayed := route{prefix: one, via: ann}, route{prefix: two, via: relay}
	for _, err := range []error{c.add(t.Context(), direct), c.add(t.Context(), relayed), c.remove(t.Context(), direct)} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{"add " + one.String() + " fe80::a prov0", "add " + two.String() + " 2001:db8:ff::1", "del " + one.String() + " fe80::a prov0"}
	if got := calls(); !slices.Equal(got, want) {
		t.Errorf("called with\n%q\nwant\n%q", got, want)
	}
	if there, err := c.list(); err != nil || !slices.Equal(there, []route{relayed}) {
		t.Errorf("there are %v, %v; want %v", there, err, relayed)
	}
}

func TestACommandThatFails(t *testing.T) {
	for name, tc := range map[string]struct{ script, want string }{
		"with a status":                 {"echo no such table >&2; exit 3", `route add: exit status 3: "no such table"`},
		"with much to say":              {"yes | head -c 100000; exit 1", `: exit status 1: "y\ny\n`},
		"by being too slow":             {"sleep 600", "route add: killed after 100ms"},
		"with a child that is too slow": {"sleep 600 &\nwait", "route add: killed after 100ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if strings.Contains(tc.want, "killed") {
				timeout = 100 * time.Millisecond
			}
			c, _ := program(t, timeout, tc.script)
			err := c.add(t.Context(), route{prefix: one, via: ann})
			if err == nil || !strings.Contains(err.Error(), tc.want) || len(err.Error()) > 4*mostOutput {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
			if there, _ := c.list(); len(there) > 0 {
				t.Errorf("taken for made: %v", there)
			}
		})
	}
}

func TestACommandEndsWithTheServer(t *testing.T) {
	c, _ := program(t, time.Minute, "sleep 600")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.add(ctx, route{prefix: one, via: ann}); err == nil {
		t.Error("it goes on")
	}
}

// TestACommandIsToldOfWhatEndedMeanwhile is about the start of a server: what
// ended while it was stopped may still be routed.
func TestACommandIsToldOfWhatEndedMeanwhile(t *testing.T) {
	three := netip.MustParsePrefix("2001:db8:f000:300::/56")
	ended := changed(binding("ann", ann, one), func(b *lease.Binding) { b.Leases[0].State = lease.Released })
	unrouted := changed(ended, func(b *lease.Binding) { b.DUID, b.Via, b.Leases[0].Prefix = "\x00\x03\x00\x01x", netip.Addr{}, three })
	c, _ := program(t, time.Minute, "")
	c.learn([]lease.Change{{After: ended}, {After: unrouted}, {After: binding("bob", bob, two)}, {Before: ended}}, time.Now())
	if there, _ := c.list(); !slices.Equal(there, []route{{prefix: one, via: ann}}) {
		t.Errorf("there may be %v, want the route to %s", there, one)
	}
}
