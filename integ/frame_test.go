package integ

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/privilege"
)

// byFrame joins a machine that is known by nothing but its frames.
func byFrame(l *lab) plan {
	p := direct(l)
	p.identify, p.known = "relay frame", true
	return p
}

func TestAMachineIsKnownByItsFrames(t *testing.T) {
	l := newLab(t, topology{"directly", byFrame})
	p := dhclientProfile("dhclient -6 -N -P", dhclientBoth)
	l.bind(p, p.new(l.machine))
	want := []privilege.Capability{privilege.NetBindService}
	if got := l.server.capabilities(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the server that reads frames may %v, want %v", got, want)
	}
}

func TestFramesNeedACapability(t *testing.T) {
	ns := labtest.Namespace(t, "server")
	binary, err := buildServer()
	check(t, err)
	m := &machine{Namespace: ns, t: t, dir: shortTempDir(t)}
	config := m.write("config.yml", `
leases: memory
server6:
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - identify: relay frame
`)
	process, err := ns.Spawn(nil, labtest.Program(t, "setpriv"), "--bounding-set", "-net_raw", "--inh-caps", "-net_raw",
		binary, "serve", "--config", config, "--api", "unix:"+m.dir+"/api.sock")
	check(t, err)
	if err := process.Wait(labtest.Context(t)); err == nil {
		t.Error("the server ended well")
	}
	want := config + ":6:7: identify: packet socket: operation not permitted: start the server as root or give it CAP_NET_RAW " +
		"(AmbientCapabilities and CapabilityBoundingSet of a systemd unit); or name other sources than frame\n"
	if out := process.Output.String(); !strings.HasSuffix(out, want) {
		t.Errorf("the server says\n%s\nwant at its end\n%s", out, want)
	}
}

// capabilities gives what the running server may.
func (s *server) capabilities() (out []privilege.Capability) {
	s.t.Helper()
	line, err := s.ns.Run(labtest.Context(s.t), "sh", "-c", `grep -h ^CapPrm: $(grep -l '^Name:.stage6$' /proc/[0-9]*/status)`)
	check(s.t, err)
	_, digits, _ := strings.Cut(strings.TrimSpace(line), "\t")
	bits, err := strconv.ParseUint(digits, 16, 64)
	check(s.t, err)
	for c := range privilege.Capability(64) {
		if bits>>c&1 != 0 {
			out = append(out, c)
		}
	}
	return out
}
