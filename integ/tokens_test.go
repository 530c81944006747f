package integ

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	serverapi "github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// tokens are where installers ask, and an address for it that comes later.
const (
	tokensAt      = "http://[2001:db8:10::2]:8067"
	tokensLaterAt = "http://[2001:db8:10::8]:8067"
)

const tokenConfig = `
leases: $DIR/leases
api: [unix:$DIR/api.sock, '` + tokensAt + `', '` + tokensLaterAt + `']
server6:
  listen: '[ff02::1:2%srv0]'
  plugins:
    - server_id: auto
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101', state: deploy}
        web02: {mac: '52:54:00:aa:bb:02', state: deploy}
    - final: {}
    - deploy: {pool: '2001:db8:10::d:0/112', lifetime: 1h}
    - boot:
        - {stage: loader, url: 'http://[2001:db8:10::2]/install.ipxe?token=${token}'}
`

// newTokenServer is a server that gives the machine on its link tokens.
func newTokenServer(t *testing.T) *simulated {
	t.Helper()
	return newTokenServerWith(t, tokenConfig)
}

// newTokenServerWith is one with another configuration.
func newTokenServerWith(t *testing.T, config string) *simulated {
	t.Helper()
	s := &simulated{t: t, machine: labtest.Namespace(t, "machine")}
	station := labtest.Namespace(t, "server")
	check(t, netlab.Cable(netlab.Port{Namespace: s.machine, Link: "eth0"}, netlab.Port{Namespace: station, Link: "srv0"}))
	check(t, s.machine.Down("eth0"))
	check(t, s.machine.SetMAC("eth0", simulatedMAC))
	check(t, s.machine.Up("eth0"))
	check(t, s.machine.AddAddress("eth0", netip.MustParsePrefix("2001:db8:10::9/64")))
	check(t, station.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::2/64")))
	for _, place := range []netlab.Port{{Namespace: s.machine, Link: "eth0"}, {Namespace: station, Link: "srv0"}} {
		_, err := place.LinkLocal(labtest.Context(t), place.Link)
		check(t, err)
	}
	s.server = startServer(t, station, config)
	return s
}

// loaderToken boots the machine's loader and gives the token in its URL, or
// nothing.
func (s *simulated) loaderToken() string {
	s.t.Helper()
	out, ok := s.run("--interface", "eth0", "--profile", "ipxe")
	m := regexp.MustCompile(`boot file http://\[2001:db8:10::2\]/install\.ipxe\?token=([\w-]*)`).FindStringSubmatch(out)
	if !ok || m == nil {
		s.t.Fatalf("the loader was not told what to boot:\n%s", out)
	}
	return m[1]
}

// ask runs curl on the machine, and gives the answer and the status.
func (s *simulated) ask(args ...string) (body, status string) {
	s.t.Helper()
	out, err := s.machine.Run(labtest.Context(s.t), labtest.Program(s.t, "curl"), append([]string{"-sS", "-g", "-w", "\n%{http_code}"}, args...)...)
	check(s.t, err)
	body, status, _ = strings.Cut(strings.TrimSpace(out), "\n")
	if status == "" {
		return "", strings.TrimSpace(out)
	}
	return body, strings.TrimSpace(status)
}

// wantAnswer wants an answer with a status in which a text stands.
func (s *simulated) wantAnswer(status, text string, args ...string) {
	s.t.Helper()
	body, got := s.ask(args...)
	if got != status || !strings.Contains(body, text) {
		s.t.Errorf("curl %s: got %s %s, want %s and %q", strings.Join(args, " "), got, body, status, text)
	}
}

// bootsWith says whether the machine's system comes up on an address.
func (s *simulated) bootsWith(address string) bool {
	s.t.Helper()
	out, ok := s.run("--interface", "eth0", "--profile", "networkd")
	if !ok {
		s.t.Fatalf("the system did not come up:\n%s", out)
	}
	return strings.Contains(out, "got "+address+" ")
}

// wantUntold wants that stage6 explain, which all may ask who have a token of the role
// read, does not tell the token of web01.
func (s *simulated) wantUntold(token string) {
	s.t.Helper()
	api := "unix:" + s.server.dir + "/api.sock"
	out, err := s.server.ns.Run(labtest.Context(s.t), s.server.binary, "explain", "--api", api, "web01", "--json")
	check(s.t, err)
	var told serverapi.Explanations
	check(s.t, json.Unmarshal([]byte(out), &told))
	hidden := 0
	for _, x := range told.Exchanges {
		if bytes.Contains(x.Answer, []byte(token)) || strings.Contains(out, token) {
			s.t.Errorf("it tells the token of web01:\n%s", out)
		}
		hidden += bytes.Count(x.Answer, []byte(strings.Repeat("*", len(token))))
	}
	if hidden == 0 {
		s.t.Errorf("no answer has a token that was hidden:\n%s", out)
	}
}

func TestAnInstallerSaysWithItsTokenThatItIsDone(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t)
	token := s.loaderToken()
	if again := s.loaderToken(); len(token) != 32 || again != token {
		t.Fatalf("the loader has the token %q and then %q", token, again)
	}
	if made := strings.TrimSpace(s.server.operate("token", "web01")); made != token {
		t.Errorf("stage6 token says %s, and the URL has %s", made, token)
	}
	s.wantUntold(token)
	s.wantAnswer("200", `"host":"web01","state":"deploy"`, "-d", "token="+token, tokensAt+"/v1/tokens/verify")
	s.wantAnswer("200", `"state":"installed","duid":"00:03:00:01:52:54:00:aa:bb:01"}`,
		"-d", "token="+token, "-d", "duid=00:03:00:01:52:54:00:aa:bb:01", tokensAt+"/v1/installed")
	s.server.restart(killed)
	s.server.wantState("web01", "installed")
	s.wantAnswer("200", `"already":true`, "-d", "token="+token, tokensAt+"/v1/installed")
	s.wantAnswer("403", "the token was used at", "-d", "token="+token, tokensAt+"/v1/tokens/verify")
	if !s.bootsWith("2001:db8:10::101") {
		t.Error("the installed system did not get its address")
	}
	if token := s.loaderToken(); token != "" {
		t.Errorf("a host that is installed has the token %q", token)
	}

	s.server.operate("deploy", "web01")
	s.wantAnswer("403", "the token was used at", "-d", "token="+token, tokensAt+"/v1/installed")
	s.server.wantState("web01", "deploy")
	if anew := s.loaderToken(); anew == token || len(anew) != 32 {
		t.Errorf("the host that is deployed anew has the token %q, and before %q", anew, token)
	}
}

func TestNothingButTokensIsServedToOtherMachines(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t)
	for _, path := range []string{"/v1/hosts", "/v1/hosts/web01/token", "/v1/leases", "/metrics", "/v1/events"} {
		s.wantAnswer("403", "never anything unauthenticated", tokensAt+path)
	}
	s.wantAnswer("403", "never anything unauthenticated", "-X", "POST", tokensAt+"/v1/hosts/web01/installed")
	s.wantAnswer("403", "not one of this server's", "-d", "token=AcqhQMk8JmY3m2nTq0Jt7Ck1b3uX5dZ_", tokensAt+"/v1/installed")
	s.wantAnswer("200", `{"ready":true}`, tokensAt+"/v1/health")
	s.server.wantState("web01", "deploy")

	check(t, s.server.ns.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::8/64")))
	s.wantAnswer("200", `{"ready":true}`, tokensLaterAt+"/v1/health")
}

func TestTheCommandSaysWhoseATokenIs(t *testing.T) {
	t.Parallel()
	s := newTokenServer(t)
	token := strings.TrimSpace(s.server.operate("token", "web02"))
	var got struct {
		Host, State string
		MACs        []string
	}
	check(t, json.Unmarshal([]byte(s.server.operate("token", "verify", token, "--json")), &got))
	if got.Host != "web02" || got.State != "deploy" || len(got.MACs) != 1 || got.MACs[0] != "52:54:00:aa:bb:02" {
		t.Errorf("got %+v", got)
	}
	s.server.operate("installed", "web02")
	out, err := s.server.ns.Run(labtest.Context(t), s.server.binary, "token", "web02", "--config", s.server.config())
	if err == nil {
		t.Errorf("a host that is installed has the token %s", out)
	}
}
