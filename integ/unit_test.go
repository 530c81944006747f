package integ

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// mostExposed is the level, in tenths, that systemd-analyze may find at most: the
// rest is what a DHCP server does, which is to talk to networks.
const mostExposed = 18

func TestTheUnitIsHardened(t *testing.T) {
	labtest.Program(t, "systemd-analyze")
	out := run(t, "systemd-analyze", "security", "--no-pager", "--offline=true", fmt.Sprint("--threshold=", mostExposed), "../systemd/stage6.service")
	_, level, _ := strings.Cut(out, "Overall exposure level")
	t.Log("exposure level", level)
}

// unitConfig has the unit's own places, and all that writes files.
const unitConfig = `
leases: /var/lib/stage6
api: unix:/run/stage6/api.sock
events: [{file: /var/log/stage6/events.jsonl}]
server6:
  listen: ['[ff02::1:2%srv0]']
  links:
    - {name: clients, interface: srv0, prefixes: [2001:db8:10::/64]}
  plugins:
    - server_id: auto
    - lifetimes: {preferred: 1h, valid: 2h}
    - pool: '2001:db8:10::1000-2001:db8:10::1fff'
    - ra: {}
`

// unitLab is the server as a unit of systemd's, and a machine with a client.
type unitLab struct {
	*systemd
	client *dhclient
}

func newUnitLab(t *testing.T) *unitLab {
	t.Helper()
	labtest.Program(t, "dhclient")
	machine, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: machine.Namespace, Link: wan}, netlab.Port{Namespace: ns, Link: "srv0"}))
	for _, end := range []netlab.Port{{Namespace: machine.Namespace, Link: wan}, {Namespace: ns, Link: "srv0"}} {
		_, err := end.Namespace.LinkLocal(machine.context(), end.Link)
		check(t, err)
	}
	u := &unitLab{startSystemd(t, ns), newDhclient(machine, dhclientAddress)}
	u.write("/etc/stage6/config.yml", unitConfig)
	return u
}

func TestTheUnitUnderSystemd(t *testing.T) {
	u := newUnitLab(t)
	u.run("systemctl", "start", "stage6") // which waits until it says that it is ready
	if got := u.client.start().Addresses; len(got) != 1 {
		t.Fatalf("a client of the unit got %v", got)
	}
	for _, step := range []struct {
		name string
		run  func(*testing.T, *unitLab)
	}{
		{"it has a user of its own, one capability, and no way to more", hasLeastPrivilege},
		{"nobody else can read what it writes", keepsFilesToItself},
		{"it reloads, and systemd hears of a configuration that is wrong", reloads},
		{"killed, it comes back with its leases", comesBack},
		{"it cannot be started with a wrong configuration, and systemd does not try again", staysDown},
	} {
		if !t.Run(step.name, func(t *testing.T) { u.t = t; step.run(t, u) }) {
			break
		}
	}
	u.t = t
}

// capNetBindService is CAP_NET_BIND_SERVICE as /proc shows it.
const capNetBindService = "0000000000000400"

func hasLeastPrivilege(t *testing.T, u *unitLab) {
	status := u.run("cat", "/proc/"+u.property("MainPID")+"/status")
	for key, want := range map[string]string{
		"CapPrm": capNetBindService, "CapEff": capNetBindService, "CapInh": "0000000000000000", "CapAmb": "0000000000000000",
		"NoNewPrivs": "1", "Seccomp": "2",
	} {
		if got := field(status, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if uids := field(status, "Uid"); strings.HasPrefix(uids, "0\t") || strings.Contains(uids, "\t0\t") {
		t.Errorf("it runs as user %s", uids)
	}
}

// field gives one line of a file such as /proc/self/status.
func field(text, key string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func keepsFilesToItself(t *testing.T, u *unitLab) {
	const others, groupWrites = 0o007, 0o020
	seen := 0
	for _, dir := range []string{"/var/lib/private/stage6", "/run/stage6", "/var/log/private/stage6"} {
		err := filepath.WalkDir(u.path(dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil || info.Mode()&fs.ModeSymlink != 0 {
				return err
			}
			if !info.IsDir() {
				seen++
			}
			if bad := info.Mode().Perm() & (others | groupWrites); bad != 0 && info.Mode()&fs.ModeSocket == 0 || bad&others != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if seen < 4 { // a socket, events, and a store of several files
		t.Errorf("%d files seen", seen)
	}
}

func reloads(t *testing.T, u *unitLab) {
	before := u.property("MainPID")
	u.run("systemctl", "reload", "stage6")
	u.write("/etc/stage6/config.yml", strings.Replace(unitConfig, "pool:", "pol:", 1))
	if out, err := u.try("systemctl", "reload", "stage6"); err == nil {
		t.Errorf("a wrong configuration was taken: %s", out)
	}
	u.write("/etc/stage6/config.yml", unitConfig)
	if state, after := u.property("ActiveState"), u.property("MainPID"); state != "active" || after != before {
		t.Errorf("after reloads it is %s, process %s, before %s", state, after, before)
	}
}

func comesBack(t *testing.T, u *unitLab) {
	before, leases := u.property("MainPID"), u.leases()
	u.run("systemctl", "kill", "--signal=KILL", "stage6")
	ctx := labtest.Context(t)
	// The new process first: the old one is active until systemd has heard of its end.
	for pid := before; pid == before || pid == "0" || u.property("ActiveState") != "active"; pid = u.property("MainPID") {
		if ctx.Err() != nil {
			t.Fatalf("it is %s", u.property("ActiveState"))
		}
	}
	if got := u.leases(); len(got) != 1 || got[0] != leases[0] {
		t.Errorf("leases before: %v, after: %v", leases, got)
	}
}

// held is a lease without its times, which have whole seconds on the disk.
type held struct{ Prefix, DUID string }

func (u *unitLab) leases() (all []held) {
	u.t.Helper()
	out := u.run("/usr/local/bin/stage6", "leases", "--json", "--config", "/etc/stage6/config.yml")
	check(u.t, json.Unmarshal([]byte(out), &all))
	return all
}

func staysDown(t *testing.T, u *unitLab) {
	u.run("systemctl", "stop", "stage6")
	if _, err := os.Stat(u.path("/run/stage6/api.sock")); err == nil {
		t.Error("it left its socket")
	}
	u.write("/etc/stage6/config.yml", strings.Replace(unitConfig, "pool:", "pol:", 1))
	if out, err := u.try("systemctl", "start", "stage6"); err == nil {
		t.Fatalf("it started: %s", out)
	}
	if state, tried := u.property("ActiveState"), u.property("NRestarts"); state != "failed" || tried != "0" {
		t.Errorf("it is %s after %s restarts", state, tried)
	}
}
