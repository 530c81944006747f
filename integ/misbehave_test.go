package integ

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/hostile"
)

const misbehavingConfig = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:10::2]']
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - pool: '2001:db8:10::d:0/112'
    - dns: ['2001:db8:10::53']
    - guest: {timeout: 100ms}
    - patient: {}
    - rude: {}
`

// TestPluginsThatMisbehave has plugins do what has ended other servers: it costs the
// one message, under a name, and the next one is answered by the same process.
func TestPluginsThatMisbehave(t *testing.T) {
	t.Parallel()
	binary := buildMisbehaving(t)
	a, station := newAttacker(t)
	s := startBinary(t, binary, station, misbehavingConfig)
	x := &attack{t: t, attacker: a, server: s, pid: s.process.PID()}
	x.good(hostile.Group, x.next())
	x.memory = x.peak()
	x.before = x.settled(nil, x.number)
	for _, c := range []struct{ name, class, drop string }{
		{"typed-code-generic", "typed-code", ""},
		{"typed-code-generic of CoreDHCP's", "guest-typed-code", ""},
		{"plugin-panic", "panic", "plugin-panic"},
		{"plugin-panic of CoreDHCP's", "guest-panic", "plugin-panic"},
		{"plugin-nil", "nil", "plugin-panic"},
		{"plugin-nil of CoreDHCP's", "guest-nil", "coredhcp-no-reply"},
		{"plugin-error", "error", "plugin-error"},
		{"plugin-log-fatal", "log-fatal", "plugin-panic"},
		{"plugin-log-fatal of CoreDHCP's", "guest-log-fatal", "plugin-error"},
		{"plugin-wrong-action", "wrong-action", ""}, // which is to go on
		{"plugin-slow that says so", "slow-patient", "plugin-slow"},
		{"plugin-slow", "slow", "plugin-stuck"}, // the last, since it is trusted less from then on
	} {
		t.Run(c.name, func(t *testing.T) {
			x.run(t, &hostile.Case{Name: c.name, Drop: c.drop, Longest: 4096, Datagrams: [][]byte{classed(c.class)}})
		})
	}
	x.wantBounds()
}

// classed is a Solicit with a user class.
func classed(class string) []byte {
	m := &dhcpv6.Message{MessageType: dhcpv6.MessageTypeSolicit, TransactionID: dhcpv6.TransactionID{1, 2, 3}}
	m.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionClientID, OptionData: []byte("\x00\x03\x00\x01\x02\x00\x00\x00\x00\x09")})
	m.AddOption(&dhcpv6.OptIANA{IaId: [4]byte{3: 1}})
	m.AddOption(dhcpv6.OptElapsedTime(0))
	m.AddOption(&dhcpv6.OptUserClass{UserClasses: [][]byte{[]byte(class)}})
	return m.ToBytes()
}

// buildMisbehaving builds the server with those plugins.
func buildMisbehaving(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(shortTempDir(t), "misbehaving")
	build := exec.Command("go", "build", "-o", binary, "./testdata/misbehaving")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, strings.TrimSpace(string(out)))
	}
	return binary
}
