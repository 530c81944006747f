package integ

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/credentials"
)

// guardedAt is where an API with TLS and tokens is asked over the network.
const guardedAt = "https://[2001:db8:10::2]:8443"

const guardedConfig = `
leases: $DIR/leases
api:
  - unix:$DIR/api.sock
  - https: '[2001:db8:10::2]:8443'
    cert: $KEYS/crt
    key: $KEYS/key
    tokens: $KEYS/tokens.yml
log: {level: trace, format: json}
events:
  - file: $DIR/log/events.jsonl
  - webhook: https://[2001:db8:10::9]:8443/hook   # where nobody listens
    secret: $KEYS/webhook.secret
    token: $KEYS/webhook.token
server6:
  listen: '[ff02::1:2%srv0]'
  plugins:
    - server_id: auto
    - identify: frame
    - hosts:
        web01: {mac: '52:54:00:aa:bb:01', address: '2001:db8:10::101', state: deploy}
    - final: {}
    - deploy: {pool: '2001:db8:10::d:0/112', lifetime: 1h}
    - boot:
        - {stage: loader, url: 'http://[2001:db8:10::2]/install.ipxe?token=${token}'}
`

// guarded is a server whose API has a reader and an administrator, and a machine on
// its link that would get in.
type guarded struct {
	*simulated
	// secrets are texts that nobody may find, by what they are.
	secrets map[string]string
	hash    string // of the administrator's token, as in the file
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	dir := t.TempDir()
	g := &guarded{secrets: map[string]string{
		"the webhook's key":   "hook-key-7c2f01d49b8e4c7f9a1d3e5b",
		"the webhook's token": "hook-token-5d0be7719c2f48d0a6f1c3e9",
	}}
	lines := g.token(t, "admin", credentials.Admin) + g.token(t, "reader", credentials.Read)
	g.hash = regexp.MustCompile(`[0-9a-f]{64}`).FindString(lines)
	cert, key := pair(t)
	for name, text := range map[string]string{
		"tokens.yml": lines, "crt": cert, "key": key,
		"webhook.secret": g.secrets["the webhook's key"], "webhook.token": g.secrets["the webhook's token"],
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600))
	}
	g.secrets["the key of the certificate"] = strings.Split(key, "\n")[2]
	g.simulated = newTokenServerWith(t, strings.ReplaceAll(guardedConfig, "$KEYS", dir))
	return g
}

// token makes an API token, and gives its line of the file.
func (g *guarded) token(t *testing.T, name string, role credentials.Role) string {
	t.Helper()
	made, text, err := credentials.NewToken(name, role)
	check(t, err)
	g.secrets[name] = text
	return made.Line()
}

// pair gives the certificate of tests of net/http, and its key.
func pair(t *testing.T) (cert, key string) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	c := web.TLS.Certificates[0]
	octets, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: octets}))
}

// askAs asks the API over the network, with an API token if there is one.
func (g *guarded) askAs(token string, args ...string) (body, status string) {
	g.t.Helper()
	all := []string{"-k", "--path-as-is", "--max-time", "30"}
	if token != "" {
		all = append(all, "-H", "Authorization: Bearer "+token)
	}
	return g.ask(append(all, args...)...)
}
