package integ

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestStatesOfHostsSurvive kills the server as soon as it has answered.
func TestStatesOfHostsSurvive(t *testing.T) {
	ns := labtest.Namespace(t, "server")
	s := startServer(t, ns, `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[::1]:547']
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', state: deploy}
        web02: {mac: '52:54:00:aa:bb:02', state: deploy}
`)
	s.operate("installed", "web01")
	s.operate("lock", "web02")
	s.wantTold("web01", "state", "state web01 deploy -> installed")
	s.restart(killed)
	s.wantState("web01", "installed")
	s.wantState("web02", "locked")
	s.operate("hosts", "reset", "web01", "web02")
	s.restart(killed)
	s.wantState("web01", "deploy")
	s.wantState("web02", "deploy")
}

// TestTheInstalledSystemSaysThatItIs by its user class, as it does for an example.
func TestTheInstalledSystemSaysThatItIs(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	plug(t, m, ns, "prov0")
	setMAC(t, m, "52:54:00:aa:bb:01")
	s := startServer(t, ns, `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%prov0]']
  links: [{interface: prov0, prefixes: ['2001:db8:10::/64']}]
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101'}
    - stage:
        installed: {when: 'user_class == "dhclient"'}
    - final: {}
    - deploy: '2001:db8:10::d:0/112'
`)
	s.operate("deploy", "web01")
	installer := newDhclient(m, dhclientAddress)
	installer.start()
	installer.crash()
	m.removeAddresses()
	check(t, os.Remove(filepath.Join(m.dir, "dhclient.leases"))) // with its DUID
	s.restart(killed)
	s.wantState("web01", "deploy")

	system := newDhclient(m, dhclientAddress)
	m.write("dhclient.conf", dhclientConfig+userClass(t))
	wantAddress(t, system.start(), "2001:db8:10::101")
	s.wantTold("web01", "identified,stage,leased,denied",
		"identified web01 on prov0 by frame: mac 52:54:00:aa:bb:01",
		"stage web01 installer -> final on prov0",
		"leased web01 2001:db8:10::101 final on prov0 by final")
	s.restart(asked) // what is known of states is written by then
	s.wantState("web01", "installed")
}

// operate runs a command against the running server.
func (s *server) operate(args ...string) string {
	s.t.Helper()
	out, err := s.ns.Run(labtest.Context(s.t), s.binary, append(args, "--config", s.config())...)
	check(s.t, err)
	return out
}

// wantState wants the server to tell a host's state.
func (s *server) wantState(name, want string) {
	s.t.Helper()
	var got struct{ State string }
	check(s.t, json.Unmarshal([]byte(s.operate("hosts", "show", name, "--json")), &got))
	if got.State != want {
		s.t.Errorf("%s is %s, want %s", name, got.State, want)
	}
}
