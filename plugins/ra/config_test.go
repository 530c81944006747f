package ra

import (
	"fmt"
	"testing"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a word":                          {"on\n", `plugin.yml:1:1: got "on", want a map with the keys links, managed, other, prefixes, on_link, autonomous, valid, preferred, lifetime, preference, dns, search, mtu, hop_limit, interval, min_interval`},
		"an empty list":                   {"[]\n", `plugin.yml:1:1: the list is empty, want settings for at least one link, or nothing at all for all links`},
		"an unknown key":                  {"manage: true\n", `plugin.yml:1:1: unknown key "manage", did you mean "managed"? (known: links, managed, other, prefixes, on_link, autonomous, valid, preferred, lifetime, preference, dns, search, mtu, hop_limit, interval, min_interval)`},
		"a lifetime beyond the most":      {"lifetime: 3h\n", `plugin.yml:1:11: lifetime: "3h": want 0, for no default router, or up to 9000s`},
		"a lifetime within the interval":  {"lifetime: 5m\n", `plugin.yml:1:11: lifetime: 5m0s is shorter than interval, 10m0s: the router would be forgotten between two advertisements`},
		"a preference of no router":       {"preference: high\n", `plugin.yml:1:13: preference: only a default router has one: set lifetime, too`},
		"no preference":                   {"{lifetime: 30m, preference: best}\n", `plugin.yml:1:29: preference: "best": want low, medium or high`},
		"an interval that is too short":   {"interval: 1s\n", `plugin.yml:1:11: interval: "1s" is too short, want at least 4s`},
		"a long shortest interval":        {"{interval: 8s, min_interval: 7s}\n", `plugin.yml:1:30: min_interval: 7s is too long, want at most three quarters of interval, 6s`},
		"preferred beyond valid":          {"{valid: 1h, preferred: 2h}\n", `plugin.yml:1:24: preferred: 2h0m0s is longer than valid, which is 1h0m0s`},
		"an MTU that IPv6 does not allow": {"mtu: 1000\n", `plugin.yml:1:6: mtu: 1000: want 1280 to 65535`},
		"a link-local prefix":             {"prefixes: ['fe80::/64']\n", `plugin.yml:1:12: prefixes: "fe80::/64" is on every link, or on none: want a global or unique local one`},
		"an autonomous one that is no 64": {"prefixes: [{prefix: '2001:db8::/80', autonomous: true}]\n", `plugin.yml:1:12: prefixes: "2001:db8::/80" is autonomous but no /64: hosts make no addresses of it (RFC 4862 section 5.5.3)`},
		"a DNS server that is none":       {"dns: ['::1']\n", `plugin.yml:1:7: dns: "::1" is the loopback address: each client would ask itself`},
		"a link twice":                    {"[{links: prov0}, {links: [lab0, prov0]}]\n", `plugin.yml:1:18: link "prov0" has settings already at plugin.yml:1:2`},
		"all links before others":         {"[{mtu: 1400}, {links: prov0}]\n", `plugin.yml:1:2: links are missing: settings for all other links stand last`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
