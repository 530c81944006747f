package integ

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// manyReloads is how many times the configuration is read again under traffic.
const manyReloads = 200

// TestReloadsDoNotGatherInMemory once the machines are served whose leases take some.
func TestReloadsDoNotGatherInMemory(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	if err := s.crowd(50, "50/s").Wait(labtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	reload := func(times int) {
		for range times {
			if out, code := s.server.reload(); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, out)
			}
		}
	}
	reload(20)
	before := s.server.heap()
	reload(manyReloads / 2)
	after := s.server.heap()
	t.Logf("in use: %.0f octets, and %.0f after %d reloads", before, after, manyReloads/2)
	if after > before+4<<20 {
		t.Errorf("%.0f octets were in use, and %.0f are after %d reloads", before, after, manyReloads/2)
	}
}

// heap gives how many octets are in use when all garbage is collected.
func (s *server) heap() float64 {
	s.t.Helper()
	_, err := s.ns.Run(labtest.Context(s.t), "curl", "-sSf", "-o", "/dev/null", "--unix-socket", s.dir+"/api.sock", "http://stage6/debug/pprof/heap?gc=1")
	check(s.t, err)
	return s.number("go_memstats_heap_alloc_bytes")
}

// crowd starts machines that boot through a relay agent, each message of which is
// sent once only: one that is lost is a machine that does not boot.
func (s *simulated) crowd(machines int, rate string) *netlab.Process {
	s.t.Helper()
	p, err := s.machine.Spawn(nil, s.server.binary, "simulate", "--relay", "2001:db8:10::1", "--server", "2001:db8:10::2",
		"--machines", strconv.Itoa(machines), "--rate", rate, "--tries", "1", "--wait", "5s", "--quiet", "--json",
		"--mac", "52:54:00:00:00:01", "--profile", "ipxe,networkd")
	check(s.t, err)
	return p
}

// reload runs stage6 reload and gives what it wrote, and its exit code.
func (s *server) reload() (string, int) {
	s.t.Helper()
	p, err := s.ns.Spawn(nil, s.binary, "reload", "--config", s.config())
	check(s.t, err)
	code := 0
	if err := p.Wait(labtest.Context(s.t)); err != nil {
		code = exitCode(err)
	}
	return p.Output.String(), code
}

// number gives the value of a metric without labels.
func (s *server) number(name string) float64 {
	s.t.Helper()
	v, err := strconv.ParseFloat(s.metric(name), 64)
	check(s.t, err)
	return v
}

func TestNoMessageIsLostWhileTheConfigurationIsReadAgain(t *testing.T) {
	t.Parallel()
	s := newSimulated(t)
	plain, err := os.ReadFile(s.server.config())
	check(t, err)
	// Both say the same options, of other values: a machine may be offered its lease by
	// one of them and be given it by the other.
	with := func(domain, resolver string) string {
		return strings.Replace(string(plain), "    - pool: '2001:db8:10::d:0/112'\n",
			fmt.Sprintf("    - pool: {range: '2001:db8:10::d:0/112', options: {24: %s}}\n    - dns: '%s'\n", domain, resolver), 1)
	}
	right, other := with("lab.example", "2001:db8:10::53"), with("rack.example", "2001:db8:10::54")
	check(t, os.WriteFile(s.server.config(), []byte(right), 0o644))
	if out, code := s.server.reload(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	routines, files := s.server.number("go_goroutines"), s.server.number("process_open_fds")
	crowd := s.crowd(2000, "150/s")
	for n := range manyReloads {
		switch n % 4 {
		case 0:
			check(t, os.WriteFile(s.server.config(), []byte(other), 0o644))
			check(t, s.server.process.Signal(syscall.SIGHUP))
		case 1:
			check(t, os.WriteFile(s.server.config(), []byte(strings.Replace(other, "relay, eui64", "relay, eui65", 1)), 0o644))
			out, code := s.server.reload()
			if code != 2 || !strings.Contains(out, "config.yml:9:25") || !strings.Contains(out, "eui64") {
				t.Fatalf("a broken configuration: exit code %d and:\n%s", code, out)
			}
		default:
			check(t, os.WriteFile(s.server.config(), []byte(right), 0o644))
			if out, code := s.server.reload(); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, out)
			}
		}
	}
	if err := crowd.Wait(labtest.Context(t)); err != nil {
		t.Errorf("not all machines booted: %v\n%s", err, crowd.Output)
	}
	var report struct{ Booted, Failed, Twice int }
	check(t, json.Unmarshal([]byte(crowd.Output.String()), &report))
	if report.Booted != 2000 || report.Failed != 0 || report.Twice != 0 {
		t.Errorf("%+v of 2000 machines", report)
	}
	if n := len(s.server.leases()); n < 2000 {
		t.Errorf("%d leases are left, want one of each machine at least", n)
	}
	s.server.wantNothingDropped()
	for name, most := range map[string]float64{"go_goroutines": routines + 20, "process_open_fds": files + 10} {
		if is := s.server.number(name); is > most {
			t.Errorf("%s was %v at the beginning and is %v after %d reloads", name, most, is, manyReloads)
		}
	}
}

// wantNothingDropped wants that the server has answered every message.
func (s *server) wantNothingDropped() {
	s.t.Helper()
	out, err := s.ns.Run(labtest.Context(s.t), "curl", "-sS", "--unix-socket", s.dir+"/api.sock", "http://stage6/v1/health")
	check(s.t, err)
	var health struct {
		Problems []string
		Counters map[string]uint64
	}
	check(s.t, json.Unmarshal([]byte(out), &health))
	for name, n := range health.Counters {
		if strings.HasPrefix(name, "dropped_") && n > 0 {
			s.t.Errorf("%s: %d", name, n)
		}
	}
	if len(health.Problems) > 0 {
		s.t.Errorf("problems: %q", health.Problems)
	}
}
