package integ

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// breakIn is a way to ask that must not lead in.
type breakIn struct {
	name  string
	token string // as which it is asked: "admin", "reader", "boot", or none
	args  []string
}

// breakIns are what has led into other servers. Each asks for what it may not have.
func breakIns(g *guarded) []breakIn {
	at := func(path string, args ...string) []string { return append(args, guardedAt+path) }
	header := func(text string) []string { return at("/v1/hosts", "-H", text) }
	admin := g.secrets["admin"]
	return []breakIn{
		{"without a token", "", at("/v1/hosts")},
		{"with HEAD", "", at("/v1/hosts", "-I", "-o", "/dev/null")},
		{"with OPTIONS", "", at("/v1/hosts", "-X", "OPTIONS")},
		{"with TRACE", "", at("/v1/hosts", "-X", "TRACE")},
		{"a path above one that is open", "", at("/v1/health/../hosts")},
		{"the same, in percents", "", at("/v1/health/%2e%2e/hosts")},
		{"the same, with a slash in percents", "", at("/v1/health%2f..%2fhosts")},
		{"above the page", "", at("/web/../v1/hosts")},
		{"above the page, in percents", "", at("/web/%2e%2e/v1/hosts")},
		{"files above the page", "", at("/web/..%2f..%2f..%2fetc/passwd")},
		{"two slashes", "", at("//v1/hosts")},
		{"an absolute URL of another scheme", "", at("/", "--request-target", "http://localhost/v1/hosts")},
		{"the name of a socket as host", "", header("Host: localhost")},
		{"as if a proxy had asked", "", header("X-Forwarded-For: ::1")},
		{"the token in the URL", "", at("/v1/hosts?access_token=" + admin)},
		{"the token as a cookie", "", header("Cookie: token=" + admin)},
		{"the token as a password", "", at("/v1/hosts", "-u", "admin:"+admin)},
		{"the token without its scheme", "", header("Authorization: " + admin)},
		{"a token that begins rightly", "", header("Authorization: Bearer " + admin[:len(admin)-1])},
		{"a token that goes on", "", header("Authorization: Bearer " + admin + "x")},
		{"the hash that the file has", "", header("Authorization: Bearer " + g.hash)},
		{"an empty token", "", header("Authorization: Bearer ")},
		{"a token of 4,000 octets", "", header("Authorization: Bearer " + strings.Repeat("a", 4000))},
		{"a boot token", "boot", at("/v1/hosts")},
		{"a reader who deletes", "reader", at("/v1/hosts/web01", "-X", "DELETE")},
		{"a reader who deletes and calls it reading", "reader", at("/v1/leases/2001:db8:10::1", "-X", "POST", "-H", "X-HTTP-Method-Override: DELETE")},
		{"a reader who wants a boot token", "reader", at("/v1/hosts/web01/token")},
		{"a reader who sets a state", "reader", at("/v1/hosts/web01/installed", "-X", "POST")},
		{"a reader who reloads", "reader", at("/v1/reload", "-X", "POST")},
		{"an administrator who wants the server's memory", "admin", at("/debug/pprof/heap")},
		{"an administrator who wants the server's command", "admin", at("/debug/pprof/cmdline")},
		{"an administrator who wants all secrets", "admin", at("/v1/backup")},
	}
}

func TestNobodyBreaksIntoTheAPI(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.secrets["boot"] = g.loaderToken()
	ways := breakIns(g)
	for _, w := range ways {
		body, status := g.askAs(g.secrets[w.token], w.args...)
		if !strings.HasPrefix(status, "4") && status != "307" || strings.Contains(body, "52:54:00") || strings.Contains(body, "root:") {
			t.Errorf("%s: got %s %s", w.name, status, body)
		}
	}
	t.Logf("%d ways tried", len(ways))
	g.server.wantState("web01", "deploy")
	if body, status := g.askAs(g.secrets["reader"], guardedAt+"/v1/hosts"); status != "200" || !strings.Contains(body, "52:54:00") {
		t.Errorf("a reader who may: got %s %s", status, body)
	}
	if out, err := g.machine.Run(labtest.Context(t), "curl", "-k", "-g", "--tls-max", "1.1", guardedAt+"/v1/ready"); err == nil {
		t.Errorf("TLS 1.1: got %s", out)
	}
	if body, status := g.ask(strings.Replace(guardedAt, "https", "http", 1) + "/v1/hosts"); status != "400" {
		t.Errorf("without TLS: got %s %s", status, body)
	}
}

// TestConnectionsThatSayNothingKeepNobodyOut has a machine open connections until
// the server takes no more of it.
func TestConnectionsThatSayNothingKeepNobodyOut(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	const many = 300
	err := g.machine.Do(func() error {
		for range many {
			c, err := net.Dial("tcp6", strings.TrimPrefix(guardedAt, "https://"))
			if err != nil {
				return err
			}
			t.Cleanup(func() { c.Close() })
			if _, err := fmt.Fprint(c, "\x16\x03\x01"); err != nil { // the begin of a handshake
				return nil // the server has closed it
			}
		}
		return nil
	})
	check(t, err)
	out, err := g.server.ns.Run(labtest.Context(t), "curl", "-sS", "-k", "-g", "-H", "Authorization: Bearer "+g.secrets["admin"], guardedAt+"/v1/hosts")
	if err != nil || !strings.Contains(out, "web01") {
		t.Errorf("an administrator elsewhere got %s: %v", out, err)
	}
}
