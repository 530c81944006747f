package credentials

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/api"
)

// secret is a token as people make it up.
const secret = "correct-horse-battery-staple"

var hashOfSecret = "sha256:" + strings.Repeat("0f", 32)

func TestParseTokens(t *testing.T) {
	made, text, err := NewToken("grafana", Read)
	if err != nil {
		t.Fatal(err)
	}
	file := made.Line() + "- {name: alice, role: admin, token: " + secret + "}\n"
	tokens, err := ParseTokens("tokens.yml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{text: "grafana read", secret: "alice admin", text + "x": " ", "": " ", "s6_": " "} {
		got, ok := find(tokens, text)
		if name := got.Name + " " + string(got.Role); name != want || ok != (want != " ") {
			t.Errorf("%q is %q, %v, want %q", text, name, ok, want)
		}
	}
	if strings.Contains(fmt.Sprintf("%v %+v", tokens, made), text) {
		t.Error("the token itself is kept")
	}
}

func TestParseTokensRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"no name":                {"- {role: read, token: " + secret + "}", `t.yml:1:3: key "name" is missing`},
		"no role":                {"- {name: a, token: " + secret + "}", `t.yml:1:3: key "role" is missing`},
		"no token":               {"- {name: a, role: read}", `t.yml:1:3: want either hash, which stage6 api-token writes, or token`},
		"a token and its hash":   {"- {name: a, role: read, token: " + secret + ", hash: " + hashOfSecret + "}", `t.yml:1:3: want either hash`},
		"another role":           {"- {name: a, role: root, token: " + secret + "}", `t.yml:1:19: role: "root": want read or admin`},
		"a short token":          {"- {name: a, role: read, token: secret}", `t.yml:1:32: token: a token of 6 characters can be guessed: want at least 24, as openssl rand -hex 32 gives them`},
		"a token with a space":   {"- {name: a, role: read, token: '" + secret + " x'}", `t.yml:1:32: token: a token has a character that no header can have`},
		"a hash of another sort": {"- {name: a, role: read, hash: md5:00}", `t.yml:1:31: hash: want sha256: and 64 hexadecimal digits`},
		"a name twice":           {"- {name: a, role: read, token: " + secret + "}\n- {name: a, role: read, token: x" + secret + "}", `t.yml:2:3: the name "a" is there already`},
		"a token twice":          {"- {name: a, role: read, token: " + secret + "}\n- {name: b, role: read, token: " + secret + "}", `t.yml:2:3: "b" has the token of "a": want one for each`},
		"a name with a space":    {"- {name: 'a b', role: read, token: " + secret + "}", `t.yml:1:10: name: name "a b": want 1 to 64 letters`},
		"an unknown key":         {"- {name: a, rol: read, token: " + secret + "}", `unknown key "rol", did you mean "role"?`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseTokens("t.yml", []byte(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error has the token: %v", err)
			}
		})
	}
}

// place has the files of an endpoint.
type place struct {
	t *testing.T
	Files
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{t, Files{Cert: filepath.Join(dir, "crt"), Key: filepath.Join(dir, "key"), Tokens: filepath.Join(dir, "tokens.yml")}}
	p.certify("one")
	p.write(p.Tokens, "- {name: alice, role: admin, token: "+secret+"}", 0o600)
	return p
}

func (p *place) write(path, text string, mode os.FileMode) {
	p.t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
		p.t.Fatal(err)
	}
}

// certify writes a certificate for a name, and its key.
func (p *place) certify(name string) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	as := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv6loopback},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, as, as, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(p.Cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o644)
	p.write(p.Key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})), 0o640)
}

func TestOpenExplainsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*place)
		want  string
	}{
		"tokens that everybody may read":  {func(p *place) { p.write(p.Tokens, "", 0o644) }, "tokens.yml has the mode 0644, and its secrets are for its owner and group alone: chmod 0640 "},
		"tokens that the group may write": {func(p *place) { p.write(p.Tokens, "", 0o660) }, "chmod 0640"},
		"a key that everybody may read":   {func(p *place) { p.write(p.Key, "", 0o604) }, "key: "},
		"no tokens":                       {func(p *place) { p.write(p.Tokens, "# none\n", 0o600) }, "has no tokens: make one with stage6 api-token add NAME --role admin --file "},
		"no token file":                   {func(p *place) { p.Tokens += "x" }, "is not there: make it with stage6 api-token add"},
		"no certificate":                  {func(p *place) { p.Cert += "x" }, "cert: open "},
		"a certificate that is none":      {func(p *place) { p.write(p.Cert, "x", 0o644) }, "want PEM files of a certificate and of its private key"},
		"the key of another one":          {func(p *place) { k := newPlace(p.t); p.Key = k.Key }, "private key does not match public key"},
		"a folder":                        {func(p *place) { p.Tokens = filepath.Dir(p.Tokens) }, "is no file"},
		"an authority that is none":       {func(p *place) { p.ClientCA = p.Key }, "has no certificate: want a PEM file of the authority"},
		"a file without end":              {func(p *place) { p.Cert = "/dev/zero" }, "cert: /dev/zero: more than 1048576 octets"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.spoil(p)
			if _, err := Open(p.Files); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// shown gives the name in the certificate that a server shows.
func shown(t *testing.T, k *Keys, clients ...tls.Certificate) (string, error) {
	t.Helper()
	l, err := tls.Listen("tcp6", "[::1]:0", k.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			err = errors.Join(c.(*tls.Conn).Handshake(), c.Close())
		}
		served <- err
	}()
	c, err := tls.Dial("tcp6", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: clients})
	if err != nil {
		return "", errors.Join(err, <-served)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName, <-served
}

func TestFilesThatChangeAreReadAgain(t *testing.T) {
	p := newPlace(t)
	k, err := Open(p.Files)
	if err != nil {
		t.Fatal(err)
	}
	log, hook := logtest.NewNullLogger()
	if name, err := shown(t, k); name != "one" || err != nil {
		t.Fatalf("it shows %q, %v", name, err)
	}
	p.certify("two")
	p.write(p.Tokens, "- {name: bob, role: read, token: "+secret+"}\n# longer\n", 0o600)
	k.look(log)
	if name, err := shown(t, k); name != "two" || err != nil {
		t.Errorf("it shows %q, %v, want two", name, err)
	}
	if got, ok := k.Find(secret); !ok || got.Name != "bob" || got.Role != Read {
		t.Errorf("the token is %+v, %v", got, ok)
	}
	for range 3 { // an error is told once, and what was read stays
		p.write(p.Tokens, fmt.Sprintf("- {name: bob}\n#%s\n", time.Now()), 0o600)
		k.look(log)
	}
	if got, ok := k.Find(secret); !ok || got.Name != "bob" {
		t.Errorf("the token is %+v, %v", got, ok)
	}
	if n := len(hook.AllEntries()); n != 2 || hook.LastEntry().Level != logrus.ErrorLevel || !strings.Contains(k.Problem(time.Now()), `key "role" is missing`) {
		t.Errorf("%d lines, problem %q", n, k.Problem(time.Now()))
	}
	p.write(p.Tokens, "- {name: carol, role: admin, token: "+secret+"}\n", 0o600)
	k.look(log)
	if problem := k.Problem(time.Now()); problem != "" {
		t.Errorf("still %s", problem)
	}
	if problem := k.Problem(time.Now().Add(2 * time.Hour)); !strings.Contains(problem, "expired") {
		t.Errorf("got %q for a certificate that has expired", problem)
	}
}

func TestClientsNeedACertificateWhereAnAuthorityIsNamed(t *testing.T) {
	p := newPlace(t)
	p.ClientCA = p.Cert // it signed itself
	k, err := Open(p.Files)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shown(t, k, pair); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
	if _, err := shown(t, k); err == nil {
		t.Error("a client without a certificate is let in")
	}
}

func TestWrongTokensAreLimitedByWhereTheyComeFrom(t *testing.T) {
	p := newPlace(t)
	k, err := Open(p.Files)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_000_000, 0)
	log, hook := logtest.NewNullLogger()
	ends := NewEnds()
	g := NewGate(k, ends, log, func() time.Time { return now })
	var wrong *api.UnauthorizedError
	var many *api.TooManyError
	for i := range mostOfNetwork {
		if err := g.Wrong(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))); !errors.As(err, &wrong) {
			t.Fatalf("token %d: %v", i, err)
		}
	}
	if err := g.Wrong(netip.MustParseAddr("2001:db8::ffff")); !errors.As(err, &many) {
		t.Errorf("one too many: %v", err)
	}
	if err := g.Wrong(netip.MustParseAddr("2001:db8:1::1")); !errors.As(err, &wrong) {
		t.Errorf("another network: %v", err)
	}
	if _, admin, ok := g.Find(secret); !ok || !admin {
		t.Error("a token that counts is locked out")
	}
	if now = now.Add(time.Minute); !errors.As(g.Wrong(netip.MustParseAddr("2001:db8::ffff")), &wrong) {
		t.Error("still too many after a minute")
	}
	if n := len(hook.AllEntries()); n != 2 {
		t.Errorf("%d lines in the log, want 2", n)
	}
	if n := counted(t, ends, "limited"); n != 1 {
		t.Errorf("limited is %v", n)
	}
}

// counted gives how many ended so.
func counted(t *testing.T, ends *Ends, result string) (n float64) {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(ends)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families[0].GetMetric() {
		if m.GetLabel()[0].GetValue() == result {
			n += m.GetCounter().GetValue()
		}
	}
	return n
}

func TestWhatIsKeptOfStrangersIsBounded(t *testing.T) {
	var f failures
	now := time.Unix(1_000_000, 0)
	allowed := 0
	for i := range 5000 {
		if f.allow(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i)}), now) {
			allowed++
		}
	}
	if len(f.count) > mostNetworks || allowed != mostNetworks+mostOfOthers {
		t.Errorf("%d networks, %d allowed", len(f.count), allowed)
	}
}
