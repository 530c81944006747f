package integ

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// buildServer builds the binary under test, once for all tests.
var buildServer = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("STAGE6_BINARY"); binary != "" {
		return binary, nil
	}
	dir, err := os.MkdirTemp("", "stage6-integ")
	if err != nil {
		return "", err
	}
	builtIn = dir
	binary := filepath.Join(dir, "stage6")
	build := exec.Command("go", "build", "-o", binary, "../cmd/stage6")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return binary, fmt.Errorf("build the server: %w\n%s", err, out)
	}
	// The server may drop root, yet must be able to run itself again.
	return binary, os.Chmod(dir, 0o755)
})

// builtIn is the directory that buildServer made, if it did.
var builtIn string

// removeServer removes what buildServer built.
func removeServer() { os.RemoveAll(builtIn) }

// server is a stage6 that runs in a namespace.
type server struct {
	t       *testing.T
	ns      *netlab.Namespace
	binary  string
	dir     string // configuration, leases and sockets
	process *netlab.Process
}

// startServer starts stage6 with a configuration and waits until it is ready.
// "$DIR" in the configuration is a directory for the server's own files. At the
// end of the test the leases are verified.
func startServer(t *testing.T, ns *netlab.Namespace, config string) *server {
	t.Helper()
	binary, err := buildServer()
	check(t, err)
	return startBinary(t, binary, ns, config)
}

// startBinary is startServer for a build of its own.
func startBinary(t *testing.T, binary string, ns *netlab.Namespace, config string) *server {
	t.Helper()
	s := &server{t: t, ns: ns, binary: binary, dir: shortTempDir(t)}
	config = strings.ReplaceAll(config, "$DIR", s.dir)
	check(t, os.WriteFile(s.config(), []byte(config), 0o644))
	s.start()
	t.Cleanup(s.end)
	return s
}

// shortTempDir is a t.TempDir for sockets: their paths may have 107 bytes only.
func shortTempDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "s6-")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o777))
	return dir
}

func (s *server) config() string { return filepath.Join(s.dir, "config.yml") }

func (s *server) start() {
	s.t.Helper()
	path := filepath.Join(s.dir, "notify")
	os.Remove(path)
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	check(s.t, err)
	defer notify.Close()
	check(s.t, os.Chmod(path, 0o777))
	s.process, err = s.ns.Spawn([]string{"NOTIFY_SOCKET=" + path}, s.binary, "serve", "--config", s.config())
	check(s.t, err)
	if err := s.awaitReady(notify); err != nil {
		s.t.Fatalf("server: %v\n%s", err, s.process.Output)
	}
}

// awaitReady waits for the readiness message of sd_notify(3).
func (s *server) awaitReady(notify *net.UnixConn) error {
	ctx := labtest.Context(s.t)
	ready := make(chan error, 1)
	go func() { ready <- readReady(notify) }()
	select {
	case err := <-ready:
		return err
	case <-s.process.Done():
		return errors.New("ended before it was ready")
	case <-ctx.Done():
		return fmt.Errorf("not ready: %w", context.Cause(ctx))
	}
}

func readReady(notify *net.UnixConn) error {
	buffer := make([]byte, 4096)
	for {
		size, err := notify.Read(buffer)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(buffer[:size])) {
			if strings.TrimSpace(line) == "READY=1" {
				return nil
			}
		}
	}
}

// restart ends the server and starts it again on the same files.
func (s *server) restart(how ending) {
	s.t.Helper()
	s.stop(how)
	s.start()
}

// ending is how a program comes to its end.
type ending bool

const (
	asked  ending = false // SIGTERM
	killed ending = true  // SIGKILL
)

func (s *server) stop(how ending) {
	s.t.Helper()
	if how == killed {
		s.process.Kill()
		return
	}
	ctx := labtest.Context(s.t)
	check(s.t, s.process.Stop(ctx))
	if err := s.process.Wait(ctx); err != nil {
		s.t.Errorf("server, asked to stop, ended badly: %v\n%s", err, s.process.Output)
	}
}

// leases asks the running server for the prefixes of all active leases.
func (s *server) leases() []netip.Prefix {
	s.t.Helper()
	out, err := s.ns.Run(labtest.Context(s.t), s.binary, "leases", "--json", "--config", s.config())
	check(s.t, err)
	var found []struct{ Prefix netip.Prefix }
	check(s.t, json.Unmarshal([]byte(out), &found))
	prefixes := make([]netip.Prefix, len(found))
	for i, lease := range found {
		prefixes[i] = lease.Prefix
	}
	return prefixes
}

// release ends a lease as an operator does.
func (s *server) release(lease netip.Prefix) {
	s.t.Helper()
	_, err := s.ns.Run(labtest.Context(s.t), s.binary, "leases", "release", "--config", s.config(), lease.String())
	check(s.t, err)
}

// end stops the server and looks whether its leases are consistent. The test's
// context has ended by now.
func (s *server) end() {
	if s.t.Failed() {
		s.t.Logf("server's last output:\n%s", lastLines(s.process.Output.String(), 30))
	}
	ctx, cancel := context.WithTimeout(context.Background(), labtest.Bound)
	defer cancel()
	s.verify(ctx)
	if err := s.process.Stop(ctx); err != nil {
		s.t.Errorf("server: %v", err)
	}
	s.verify(ctx)
}

// lastLines gives so many lines of the end of a text.
func lastLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "")
}

// verify asks the server whether its leases are consistent, or looks on the disk
// when none runs.
func (s *server) verify(ctx context.Context) {
	if out, err := s.ns.Run(ctx, s.binary, "leases", "verify", "--whole", "--config", s.config()); err != nil {
		s.t.Errorf("leases are not consistent: %v\n%s", err, out)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
