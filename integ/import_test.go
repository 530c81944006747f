package integ

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// otherServer is a server of somebody else's, which this one takes the place of.
type otherServer struct {
	program string
	config  string   // "$DIR" is a directory for its files
	args    []string // likewise
	ready   string   // what it says when it is
	leases  string
	files   []string // its configuration, and where its DUID is
}

func otherServers() map[string]otherServer {
	return map[string]otherServer{
		"ISC dhcpd": {
			program: "dhcpd",
			config: `
default-lease-time 300;
preferred-lifetime 200;
option dhcp-renewal-time 8;
option dhcp-rebinding-time 100;
option dhcp6.name-servers 2001:db8:10::53;
subnet6 2001:db8:10::/64 {
  range6 2001:db8:10::1000 2001:db8:10::1fff;
}
`,
			args:   []string{"-6", "-f", "-d", "--no-pid", "-cf", "$DIR/config", "-lf", "$DIR/leases", "srv0"},
			ready:  "Server starting service.",
			leases: "$DIR/leases",
			files:  []string{"$DIR/config", "$DIR/leases"},
		},
		"Kea": {
			program: "kea-dhcp6",
			config: `{ "Dhcp6": {
  "interfaces-config": { "interfaces": [ "srv0" ] },
  "data-directory": "$DIR",
  "lease-database": { "type": "memfile", "name": "$DIR/leases" }, // beside this
  "renew-timer": 8, "rebind-timer": 100, "preferred-lifetime": 200, "valid-lifetime": 300,
  "option-data": [ { "name": "dns-servers", "data": "2001:db8:10::53" } ],
  "subnet6": [ { "id": 1, "subnet": "2001:db8:10::/64", "interface": "srv0",
    "pools": [ { "pool": "2001:db8:10::1000-2001:db8:10::1fff" } ] } ],
  "loggers": [ { "name": "kea-dhcp6", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
} }
`,
			args:   []string{"-c", "$DIR/config"},
			ready:  "DHCP6_STARTED",
			leases: "$DIR/leases",
			files:  []string{"$DIR/config", "$DIR/kea-dhcp6-serverid"},
		},
	}
}

// TestClientsOfAnotherServerRenewWithThis has a client get an address from another
// server, which ends; with its configuration, its DUID and its leases this one
// goes on where that one stopped.
func TestClientsOfAnotherServerRenewWithThis(t *testing.T) {
	for name, other := range otherServers() {
		t.Run(name, func(t *testing.T) {
			l := &lab{t: t, machine: newMachine(t, "client"), serverSide: labtest.Namespace(t, "server")}
			l.plan = direct(l)
			l.linkLocal(l.machine.Namespace, wan)
			l.wire = newWire(t, l.machine.Namespace, wan)
			dir := shortTempDir(t)
			client := newDhclient(l.machine, dhclientAddress)
			first := other.serve(l, dir, client)
			mark := l.wire.mark()
			l.takePlaceOf(other, dir)
			again := client.renewed()
			if first.Addresses[0].Prefix != again.Addresses[0].Prefix {
				t.Errorf("the client had %v, and has %v now", first.Addresses, again.Addresses)
			}
			if what := l.wire.firstFromClient(l.context(), mark).MessageType; what != dhcpv6.MessageTypeRenew {
				t.Errorf("the client sent %v, want a Renew", what)
			}
		})
	}
}

// serve runs the other server until the client has an address.
func (o otherServer) serve(l *lab, dir string, c *dhclient) grant {
	l.t.Helper()
	check(l.t, os.WriteFile(filepath.Join(dir, "config"), []byte(replaceDir(o.config, dir)), 0o644))
	check(l.t, os.WriteFile(filepath.Join(dir, "leases"), nil, 0o644))
	var args []string
	for _, a := range o.args {
		args = append(args, replaceDir(a, dir))
	}
	env := []string{"KEA_PIDFILE_DIR=" + dir, "KEA_LOCKFILE_DIR=" + dir}
	process, err := l.serverSide.Spawn(env, labtest.Program(l.t, o.program), args...)
	check(l.t, err)
	l.t.Cleanup(func() { showOutput(l.t, o.program, process) })
	check(l.t, process.WaitOutput(l.context(), 0, o.ready))
	got := c.start()
	process.Kill()
	return got
}

func showOutput(t *testing.T, name string, process *netlab.Process) {
	if t.Failed() {
		t.Logf("output of %s:\n%s", name, process.Output)
	}
}

// takePlaceOf imports what the other server has left, and starts this one.
func (l *lab) takePlaceOf(o otherServer, dir string) {
	l.t.Helper()
	binary, err := buildServer()
	check(l.t, err)
	s := &server{t: l.t, ns: l.serverSide, binary: binary, dir: shortTempDir(l.t)}
	args := []string{"import", "--to", s.dir}
	for _, f := range o.files {
		args = append(args, replaceDir(f, dir))
	}
	out, err := exec.Command(binary, args...).CombinedOutput()
	if code := exitCode(err); code != 0 && code != 3 {
		l.t.Fatalf("import: %v\n%s", err, out)
	}
	config, err := os.ReadFile(s.config())
	check(l.t, err)
	text := strings.NewReplacer("/var/lib/stage6", s.dir+"/leases", "/run/stage6/api.sock", s.dir+"/api.sock").Replace(string(config))
	check(l.t, os.WriteFile(s.config(), []byte(text), 0o644))
	out, err = exec.Command(binary, "import", "leases", "--config", s.config(), replaceDir(o.leases, dir)).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1 taken over") {
		l.t.Fatalf("import leases: %v\n%s", err, out)
	}
	s.start()
	l.t.Cleanup(s.end)
}

func exitCode(err error) int {
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
