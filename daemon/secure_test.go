package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/credentials"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/listen"
)

// keyFolder is a folder with a certificate for [::1], its key, and API tokens.
type keyFolder string

func (p keyFolder) file(name string) string { return filepath.Join(string(p), name) }

// newKeyFolder makes the files, with the certificate of tests of net/http, and the
// tokens of alice, an administrator, and bob, a reader.
func newKeyFolder(t *testing.T) keyFolder {
	t.Helper()
	p := keyFolder(t.TempDir())
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	pair := web.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	tokens := ""
	for name, role := range map[string]credentials.Role{"alice": credentials.Admin, "bob": credentials.Read} {
		made, text, err := credentials.NewToken(name, role)
		if err != nil {
			t.Fatal(err)
		}
		tokens += made.Line()
		p.write(t, name, text)
	}
	p.write(t, "crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	p.write(t, "key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	p.write(t, "tokens.yml", tokens)
	return p
}

func (p keyFolder) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(p.file(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serveSecurely answers over TLS for a service that knows of hosts, and gives
// its URL.
func serveSecurely(t *testing.T, p keyFolder) string {
	t.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := hostService(t)
	url := "https://" + l.Addr().String()
	s.metrics, s.requests, s.events = prometheus.NewRegistry(), newRequests(), events.New(time.Now)
	s.sockets = listen.New(nil, listen.Options{})
	s.apis = []*endpoint{{Listener: l, Endpoint: config.Endpoint{URL: url, TLS: config.TLS{Cert: "crt", Key: "key", Tokens: "tokens.yml"}}}}
	if err := s.openKeys(&config.File{Path: p.file("config.yml")}); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.serveAPI(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return url
}

func TestCommandsAskOverTLS(t *testing.T) {
	p := newKeyFolder(t)
	url := serveSecurely(t, p)
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a reader who reads":           {[]string{"hosts", "show", "web02", "--api-token-file", p.file("bob"), "--api-ca", p.file("crt")}, exitOK, "52:54:00:aa:bb:02"},
		"a reader who changes":         {[]string{"lock", "web02", "--api-token-file", p.file("bob"), "--api-ca", p.file("crt")}, exitFailed, "the API token of bob may only read"},
		"an administrator who changes": {[]string{"lock", "web02", "--api-token-file", p.file("alice"), "--api-ca", p.file("crt")}, exitOK, "web02 is locked"},
		"nobody":                       {[]string{"hosts", "--api-ca", p.file("crt")}, exitFailed, "name the file of an API token with --api-token-file"},
		"who trusts nobody":            {[]string{"hosts", "--api-token-file", p.file("bob")}, exitFailed, "nobody that is trusted signed its certificate"},
		"a file that is not there":     {[]string{"hosts", "--api-token-file", p.file("none")}, exitUsage, "API token: open"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), nil, append(c.args, "--api", url), &stdout, &stderr)
			if text := stdout.String() + stderr.String(); code != c.code || !strings.Contains(text, c.want) {
				t.Errorf("got %d, %s; want %d, %s", code, text, c.code, c.want)
			}
		})
	}
}

func TestVariablesSayWhereTheAPIIs(t *testing.T) {
	p := newKeyFolder(t)
	t.Setenv("STAGE6_API", serveSecurely(t, p))
	t.Setenv("STAGE6_API_CA", p.file("crt"))
	token, err := os.ReadFile(p.file("bob"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("STAGE6_API_TOKEN", string(token))
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, []string{"hosts"}, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "web02") {
		t.Errorf("got %d, %s%s", code, &stdout, &stderr)
	}
}

func TestAPITokensAreMadeAndListed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens.yml")
	said := func(want int, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), nil, append([]string{"api-token"}, append(args, "--file", file)...), &stdout, &stderr); code != want {
			t.Errorf("%q: got %d, want %d: %s", args, code, want, &stderr)
		}
		return stdout.String() + stderr.String()
	}
	alice := strings.TrimSpace(said(exitOK, "add", "alice", "--role", "admin"))
	bob := strings.TrimSpace(said(exitOK, "add", "bob"))
	data, err := os.ReadFile(file)
	if info, statErr := os.Stat(file); err != nil || statErr != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Fatal(info, err, statErr)
	}
	if text := string(data); strings.Contains(text, alice) || strings.Contains(text, bob) || len(alice) < 40 {
		t.Errorf("the tokens %q and %q, the file has %s", alice, bob, text)
	}
	if got, want := said(exitOK, "list"), "NAME   ROLE\nalice  admin\nbob    read\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	for _, c := range []struct{ name, role, want string }{
		{"bob", "read", "is there already"}, {"a b", "read", "want 1 to 64 letters"}, {"carol", "root", "want read or admin"},
	} {
		if text := said(exitUsage, "add", c.name, "--role", c.role); !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %s", c.name, c.role, text)
		}
	}
}

func TestWhoDoesNotAskOverTLSIsSentAway(t *testing.T) {
	p := newKeyFolder(t)
	keys, err := credentials.Open(credentials.Files{Cert: p.file("crt"), Key: p.file("key"), Tokens: p.file("tokens.yml")})
	if err != nil {
		t.Fatal(err)
	}
	for name, begin := range map[string]func(net.Conn){
		"without a word":     func(net.Conn) {},
		"within the header":  func(c net.Conn) { sendHeader(t, c) },
		"within a handshake": func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 1, 2, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := door{make(chan net.Conn)}
				log, _ := hostService(t)
				e := &endpoint{Listener: d, keys: keys}
				web := (&service{log: log.log, ends: credentials.NewEnds(), metrics: prometheus.NewRegistry()}).webServer(e)
				served := make(chan error, 1)
				go func() { served <- e.serve(web) }()
				c := d.knock("2001:db8:10::1")
				began := time.Now()
				begin(c)
				_, _ = io.Copy(io.Discard, c) // until the server closes it
				if took := time.Since(began); took > 2*headerTime {
					t.Errorf("who does not ask is kept for %v", took)
				}
				close(d.come)
				<-served
				_ = web.Close()
			})
		})
	}
}

// sendHeader begins a request over TLS.
func sendHeader(t *testing.T, c net.Conn) {
	t.Helper()
	secure := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if _, err := io.WriteString(secure, "GET /v1/health HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
}

func TestReadinessSaysWhyNot(t *testing.T) {
	s, _ := hostService(t)
	s.sockets, s.events = listen.New(nil, listen.Options{}), events.New(time.Now)
	if r := s.Readiness(); r.Ready || len(r.Reasons) != 1 || r.Reasons[0] != "the server is not ready yet" {
		t.Errorf("before it answers: %+v", r)
	}
	s.ready.Store(true)
	if r := s.Readiness(); !r.Ready || len(r.Reasons) != 0 {
		t.Errorf("when it answers: %+v", r)
	}
	s.storeOutage(errors.New("no space left on device"))
	if r := s.Readiness(); r.Ready || len(r.Reasons) != 1 || r.Reasons[0] != "the lease store fails: no space left on device" {
		t.Errorf("when the store fails: %+v", r)
	}
	s.storeOutage(nil)
	if r := s.Readiness(); !r.Ready {
		t.Errorf("when the store works again: %+v", r)
	}
}
