package integ

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// explained is a server that has seen a machine boot, and a capture of that.
type explained struct {
	*simulated
	capture string
}

func newExplained(t *testing.T) *explained {
	t.Helper()
	s := &explained{simulated: newSimulated(t), capture: filepath.Join(t.TempDir(), "boot.pcap")}
	capture, err := s.machine.Capture("eth0", netlab.BothWays)
	check(t, err)
	story, ok := s.run("--interface", "eth0", "--profile", "uefi-pxe,networkd")
	if !ok {
		t.Fatalf("it did not boot:\n%s", story)
	}
	check(t, capture.Close())
	var file bytes.Buffer
	check(t, netlab.WritePcap(&file, capture.Packets()))
	check(t, os.WriteFile(s.capture, file.Bytes(), 0o644))
	return s
}

// tell runs stage6 explain against the running server.
func (s *explained) tell(args ...string) string {
	s.t.Helper()
	out, err := s.server.ns.Run(labtest.Context(s.t), s.server.binary, append([]string{"explain", "--api", "unix:" + s.server.dir + "/api.sock"}, args...)...)
	check(s.t, err)
	return out
}

// wantParts wants a text to have parts.
func (s *explained) wantParts(text string, parts ...string) {
	s.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			s.t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

func TestExplainTellsOfAMachineByWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	s := newExplained(t)
	for _, of := range []string{"web01", "52:54:00:aa:bb:01", "2001:db8:10::101"} {
		s.wantParts(s.tell(of), "reply, 2001:db8:10::101", "host      web01", "IA_NA", "by hosts")
	}
	var told api.Explanations
	check(t, json.Unmarshal([]byte(s.tell("web01", "--last", "1", "--json")), &told))
	if len(told.Exchanges) != 1 || told.Host != "web01" || told.Kind != "name" {
		t.Fatalf("told of %q, a %s: %d exchanges", told.Host, told.Kind, len(told.Exchanges))
	}
	s.wantParts(s.tell(told.Exchanges[0].Client.DUID.String()), "host      web01")
}

func TestExplainTriesAndNothingHappens(t *testing.T) {
	t.Parallel()
	s := newExplained(t)
	before := s.server.operate("leases", "--state", "all")
	live := s.tell("--try", "solicit", "mac=52:54:00:aa:bb:01", "relay=2001:db8:10::9")
	s.wantParts(live, "only tried", "advertise, 2001:db8:10::d:", "2001:db8:10::101 is held by another client of web01")
	s.wantParts(s.tell("--try", s.capture), "only tried", "solicit from UEFI PXE", "snponly.efi", "2001:db8:10::101")
	s.wantParts(s.server.operate("explain", "--try", "solicit", "mac=52:54:00:aa:bb:01", "relay=2001:db8:10::9"), "only tried", "advertise, 2001:db8:10::101")
	s.wantParts(s.server.operate("explain", "--try", "request", "mac=52:54:00:aa:bb:01", "server=00:03:00:01:02:00:00:00:00:09"),
		"the client talks to another server, 00:03:00:01:02:00:00:00:00:09", "a captured message is for the server")
	if after := s.server.operate("leases", "--state", "all"); leasedOnly(after) != leasedOnly(before) {
		t.Errorf("leases were\n%s\nand are\n%s", before, after)
	}
}

// leasedOnly gives the first column of a table.
func leasedOnly(table string) (out string) {
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 {
			out += fields[0] + "\n"
		}
	}
	return out
}

func TestExplainFollowsAMachineThatIsYetToCome(t *testing.T) {
	t.Parallel()
	s := &explained{simulated: newSimulated(t)}
	following, err := s.server.ns.Spawn(nil, s.server.binary, "explain", "52:54:00:aa:bb:01", "--follow", "--api", "unix:"+s.server.dir+"/api.sock")
	check(t, err)
	defer following.Kill()
	if story, ok := s.run("--interface", "eth0", "--profile", "networkd"); !ok {
		t.Fatalf("it did not boot:\n%s", story)
	}
	check(t, following.WaitOutput(labtest.Context(t), 0, "reply, 2001:db8:10::101"))
}
