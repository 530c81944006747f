package pool

import (
	"testing"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: key "range" is missing, want a prefix such as 2001:db8:10::d:0/112`,
		},
		"no range": {
			"allocation: random\n",
			`plugin.yml:1:1: key "range" is missing, want a prefix such as 2001:db8:10::d:0/112`,
		},
		"an empty list": {
			"range: []\n",
			`plugin.yml:1:8: range: the list is empty, want at least one range`,
		},
		"an unknown key": {
			"range: 2001:db8:10::d:0/112\nexcluded: 2001:db8:10::d:1\n",
			`plugin.yml:2:1: unknown key "excluded", did you mean "exclude"? (known: range, exclude, allocation, preferred, valid, options, keep, per_sender)`,
		},
		"bits beyond the length": {
			"2001:db8:10::d:1/112\n",
			`plugin.yml:1:1: "2001:db8:10::d:1/112" has bits beyond its length, write 2001:db8:10::d:0/112 for the prefix`,
		},
		"an address": {
			"2001:db8:10::5\n",
			`plugin.yml:1:1: "2001:db8:10::5" has no length, want a prefix such as 2001:db8:10::/64`,
		},
		"several in a text": {
			"2001:db8:10::d:0/112 2001:db8:10::e:0/112\n",
			`plugin.yml:1:1: "2001:db8:10::d:0/112 2001:db8:10::e:0/112": want one prefix or range, write several as a list`,
		},
		"a range whose end is no address": {
			"- 2001:db8:10::1 - 20\n",
			`plugin.yml:1:3: "20" is not an IPv6 address`,
		},
		"a range that ends before it begins": {
			"- 2001:db8:10::20 - 2001:db8:10::1\n",
			`plugin.yml:1:3: the range ends at 2001:db8:10::1, before its beginning 2001:db8:10::20`,
		},
		"link-local addresses": {
			"fe80::/64\n",
			`plugin.yml:1:1: "fe80::/64": link-local addresses are not given out by DHCPv6`,
		},
		"multicast addresses": {
			"ff05::/64\n",
			`plugin.yml:1:1: "ff05::/64": want unicast addresses such as 2001:db8:10::d:0/112`,
		},
		"a zone": {
			"fe80::1%eth0-fe80::2%eth0\n",
			`plugin.yml:1:1: "fe80::1%eth0-fe80::2%eth0": addresses of a pool have no zone`,
		},
		"an unknown allocation": {
			"range: 2001:db8:10::d:0/112\nallocation: first\n",
			`plugin.yml:2:13: allocation: "first": want hashed, random or sequential`,
		},
		"a preferred lifetime above the valid one": {
			"range: 2001:db8:10::d:0/112\nvalid: 1h\npreferred: 2h\n",
			`plugin.yml:3:12: preferred: "2h" is longer than valid, which is "1h"`,
		},
		"ranges that overlap": {
			"[\"2001:db8:10::10-2001:db8:10::20\", \"2001:db8:10::18-2001:db8:10::30\"]\n",
			`plugin.yml:1:37: pool "pool": "2001:db8:10::18-2001:db8:10::30" overlaps "2001:db8:10::10-2001:db8:10::20" of pool "pool"`,
		},
		"a range that is excluded": {
			"range: [\"2001:db8:10::10/124\", \"2001:db8:10::d:0/112\"]\nexclude: 2001:db8:10::/120\n",
			`plugin.yml:1:9: range: "2001:db8:10::10/124" is excluded as a whole`,
		},
		"an option that is wrong": {
			"range: 2001:db8:10::d:0/112\noptions: {dns_servers: x}\n",
			`plugin.yml:2:24: dns_servers: "x" is not an IPv6 address (option 23 (dns_servers) is a list of IPv6 addresses)`,
		},
		"a part that is none": {
			"range: 2001:db8:10::d:0/112\nkeep: 0.25\n",
			`plugin.yml:2:7: keep: "0.25": want a percentage from 0% to 90%`,
		},
		"more than is left": {
			"range: 2001:db8:10::d:0/112\nkeep: 100%\n",
			`plugin.yml:2:7: keep: "100%": want a percentage from 0% to 90%`,
		},
		"fewer than none of a sender": {
			"range: 2001:db8:10::d:0/112\nper_sender: -1\n",
			`plugin.yml:2:13: per_sender: -1: want 0 to 4096`,
		},
		"no lifetime": {
			"range: 2001:db8:10::d:0/112\nvalid: 0\n",
			`plugin.yml:2:8: valid: "0" is too short, want at least 1s`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestSettingsThatAreRight(t *testing.T) {
	for name, yaml := range map[string]string{
		"a prefix":             "2001:db8:10::d:0/112\n",
		"a range":              "2001:db8:10::100-2001:db8:10::1ff\n",
		"a range with spaces":  "2001:db8:10::100 - 2001:db8:10::1ff\n",
		"a list":               "- 2001:db8:10::d:0/112\n- 2001:db8:20::100-2001:db8:20::1ff\n",
		"one address":          "2001:db8:10::5/128\n",
		"a whole link":         "2001:db8:10::/64\n",
		"everything":           "range: [\"2001:db8:10::d:0/112\"]\nexclude: [\"2001:db8:10::d:1\", \"2001:db8:10::d:100/120\", \"2001:db8:10::d:5-2001:db8:10::d:9\"]\nallocation: sequential\npreferred: 1h\nvalid: infinity\nkeep: 90%\nper_sender: 4096\n",
		"a lone excluded one":  "range: 2001:db8:10::d:0/112\nexclude: 2001:db8:10::d:1\n",
		"one lifetime only":    "range: 2001:db8:10::d:0/112\npreferred: 1h\n",
		"excluded from others": "range: 2001:db8:10::d:0/112\nexclude: 2001:db8:20::1\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, yaml); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAllocation(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want pipeline.Allocation
	}{
		"hashed by default": {"2001:db8:10::d:0/112\n", pipeline.Hashed},
		"hashed":            {"{range: \"2001:db8:10::d:0/112\", allocation: hashed}\n", pipeline.Hashed},
		"random":            {"{range: \"2001:db8:10::d:0/112\", allocation: random}\n", pipeline.Random},
		"sequential":        {"{range: \"2001:db8:10::d:0/112\", allocation: sequential}\n", pipeline.Sequential},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := strict.Parse("plugin.yml", []byte(tc.yaml))
			if err != nil {
				t.Fatal(err)
			}
			var c config
			if err := strict.Decode(n, &c); err != nil || pipeline.Allocation(c.Allocation) != tc.want {
				t.Errorf("got %d, %v, want %d", c.Allocation, err, tc.want)
			}
		})
	}
}
