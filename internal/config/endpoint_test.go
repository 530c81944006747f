package config

import (
	"net/netip"
	"testing"
)

func TestEndpointsOfTheAPI(t *testing.T) {
	f, err := Parse("/etc/stage6/config.yml", []byte(`
api:
  - unix:/run/a.sock
  - http://[2001:db8:10::2]:8067
  - {https: "[2001:db8:10::2]:8443", cert: api.crt, key: /srv/api.key, tokens: tokens.yml}
  - {https: "https://[::1]:443/", cert: a, key: b, tokens: c, client_ca: d}
`+least))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		url string
		tls TLS
	}{
		{"unix:/run/a.sock", TLS{}},
		{"http://[2001:db8:10::2]:8067", TLS{}},
		{"https://[2001:db8:10::2]:8443", TLS{Cert: "api.crt", Key: "/srv/api.key", Tokens: "tokens.yml"}},
		{"https://[::1]:443", TLS{Cert: "a", Key: "b", Tokens: "c", ClientCA: "d"}},
	} {
		if e := f.API[i]; e.URL != want.url || e.TLS != want.tls {
			t.Errorf("%d: got %s %+v, want %s %+v", i, e, e.TLS, want.url, want.tls)
		}
	}
	if a, ok := f.API[2].TCP(); !ok || a != netip.MustParseAddrPort("[2001:db8:10::2]:8443") {
		t.Errorf("it is at %s, %v", a, ok)
	}
	if got := f.Beside("api.crt") + " " + f.Beside("/srv/api.key"); got != "/etc/stage6/api.crt /srv/api.key" {
		t.Errorf("the files are %s", got)
	}
}
