package integ

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// machine is where a client runs: it has a link "eth0" to the network, and one
// "lan0" behind it, for delegated prefixes.
type machine struct {
	*netlab.Namespace
	t   *testing.T
	dir string // files of ours; the same path inside and outside
}

const (
	wan = "eth0"
	lan = "lan0"
)

// newMachine makes a machine whose clients find empty state directories and can
// write to /etc without touching that of the computer.
func newMachine(t *testing.T, name string) *machine {
	t.Helper()
	m := &machine{Namespace: labtest.Namespace(t, name), t: t, dir: shortTempDir(t)}
	check(t, m.Overlay("/etc", m.dir))
	check(t, m.Hide("/run", "/var/lib/dhcp", "/var/lib/dhcpv6", "/var/lib/dhcpcd", "/var/lib/dibbler", "/var/log"))
	check(t, netlab.Cable(netlab.Port{Namespace: m.Namespace, Link: lan}, netlab.Port{Namespace: m.Namespace, Link: "lan1"}))
	return m
}

// write puts a file into the machine's directory and returns its path.
func (m *machine) write(name, content string) string {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	check(m.t, os.WriteFile(path, []byte(content), 0o755))
	return path
}

// writeInside puts a file where programs of the machine see it as path.
func (m *machine) writeInside(path, content string) {
	m.t.Helper()
	outside := filepath.Join(m.Root(), path)
	check(m.t, os.MkdirAll(filepath.Dir(outside), 0o755))
	check(m.t, os.WriteFile(outside, []byte(content), 0o644))
}

// spawn starts a program and shows its output when the test fails.
func (m *machine) spawn(env []string, name string, args ...string) *netlab.Process {
	m.t.Helper()
	process, err := m.Spawn(env, labtest.Program(m.t, name), args...)
	check(m.t, err)
	m.t.Cleanup(func() {
		if m.t.Failed() {
			m.t.Logf("output of %s:\n%s", name, process.Output)
		}
	})
	return process
}

func (m *machine) context() context.Context { return labtest.Context(m.t) }

// awaitNoAddress waits until the machine has no global address on its link.
func (m *machine) awaitNoAddress() {
	m.t.Helper()
	check(m.t, m.WaitAddresses(m.context(), wan, func(addresses []netlab.Address) bool {
		return len(global(addresses)) == 0
	}))
}

func global(addresses []netlab.Address) []netlab.Address {
	var found []netlab.Address
	for _, address := range addresses {
		if !address.Prefix.Addr().IsLinkLocalUnicast() {
			found = append(found, address)
		}
	}
	return found
}

func replace(text, from, to string) string { return strings.ReplaceAll(text, from, to) }

func replaceDir(text, dir string) string { return replace(text, "$DIR", dir) }

// removeAddresses takes from a link what a client that was killed has left there:
// after a reboot it would be gone.
func (m *machine) removeAddresses() {
	m.t.Helper()
	_, err := m.Run(m.context(), "ip", "-6", "address", "flush", "dev", wan, "scope", "global")
	check(m.t, err)
}
