package prefix

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: key "pool" is missing`,
		},
		"a list": {
			"- 2001:db8:f000::/40\n",
			`plugin.yml:1:1: got a list, want a line such as 2001:db8:f000::/40 56, or a map with pool and length`,
		},
		"a line without length": {
			"2001:db8:f000::/40\n",
			`plugin.yml:1:1: "2001:db8:f000::/40": want a prefix and the length of what is delegated, such as 2001:db8:f000::/40 56`,
		},
		"a line with a wrong length": {
			"2001:db8:f000::/40 /56\n",
			`plugin.yml:1:20: length "/56": want 1 to 127`,
		},
		"a line with a wrong prefix": {
			"2001:db8:f000::1/40 56\n",
			`plugin.yml:1:1: "2001:db8:f000::1/40" has bits beyond its length, write 2001:db8:f000::/40 for the prefix`,
		},
		"a line with a length shorter than the pool's": {
			"2001:db8:f000::/40 32\n",
			`plugin.yml:1:1: of 2001:db8:f000::/40 nothing of length 32 can be delegated, want a length from 40`,
		},
		"no pool in the list": {
			"pool: []\nlength: 56\n",
			`plugin.yml:1:7: pool: the list is empty, want at least one prefix`,
		},
		"no length": {
			"pool: 2001:db8:f000::/40\n",
			`plugin.yml:1:1: key "length" is missing: the length of what is delegated, such as 56`,
		},
		"a length shorter than a pool's": {
			"pool: [\"2001:db8:f000::/40\", \"2001:db8:e000::/52\"]\nlengths: 48 56\n",
			`plugin.yml:1:30: pool: of 2001:db8:e000::/52 nothing of length 48 can be delegated, want a length from 52`,
		},
		"a length that is none": {
			"pool: 2001:db8:f000::/40\nlength: 128\n",
			`plugin.yml:2:9: length: 128: want 1 to 127`,
		},
		"a link-local pool": {
			"pool: fe80::/10\nlength: 56\n",
			`plugin.yml:1:7: pool: "fe80::/10" cannot be delegated from, want a prefix such as 2001:db8:f000::/40`,
		},
		"an unknown key": {
			"pool: 2001:db8:f000::/40\nlenght: 56\n",
			`plugin.yml:2:1: unknown key "lenght", did you mean "length"? (known: pool, length, lengths, exclude, excluded_prefix, allocation, preferred, valid, link, options, keep, per_sender)`,
		},
		"an excluded prefix as long as the delegated one": {
			"pool: 2001:db8:f000::/40\nlength: 56\nexcluded_prefix: 56\n",
			`plugin.yml:3:18: excluded_prefix: length 56: want more than 56, that of what is delegated`,
		},
		"an excluded prefix that is a whole one": {
			"pool: 2001:db8:f000::/40\nlength: 56\nexcluded_prefix: 2001:db8:f000::/64\n",
			`plugin.yml:3:18: excluded_prefix: 2001:db8:f000::/64 is not inside of a prefix of length 56: its first 56 bits are that prefix's, write zeros`,
		},
		"a preferred lifetime above the valid one": {
			"pool: 2001:db8:f000::/40\nlength: 56\npreferred: 2h\nvalid: 1h\n",
			`plugin.yml:3:12: preferred: "2h" is longer than valid, which is "1h"`,
		},
		"no link": {
			"pool: 2001:db8:f000::/40\nlength: 56\nlink: []\n",
			`plugin.yml:3:7: link: the list is empty, leave the key out to serve every link`,
		},
		"all of it for known machines": {
			"pool: 2001:db8:f000::/40\nlength: 56\nkeep: 100%\n",
			`plugin.yml:3:7: keep: "100%": want a percentage from 0% to 90%`,
		},
		"fewer than none of one sender": {
			"pool: 2001:db8:f000::/40\nlength: 56\nper_sender: -1\n",
			`plugin.yml:3:13: per_sender: -1: want 0 to 4096`,
		},
		"an unknown allocation": {
			"pool: 2001:db8:f000::/40\nlength: 56\nallocation: first\n",
			`plugin.yml:3:13: allocation: "first": want hashed, random or sequential`,
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
		"CoreDHCP's line":        "2001:db8:f000::/40 56\n",
		"pool and length":        "{pool: \"2001:db8:f000::/40\", length: 56}\n",
		"lengths alone":          "{pool: \"2001:db8:f000::/40\", lengths: [56, 60, 64]}\n",
		"length and lengths":     "{pool: \"2001:db8:f000::/40\", length: 60, lengths: [56, 60, 64]}\n",
		"one prefix":             "{pool: \"2001:db8:f000::/56\", length: 56}\n",
		"several pools":          "{pool: [\"2001:db8:f000::/40\", \"2001:db8:e000::/40\"], length: 56}\n",
		"everything":             "pool: 2001:db8:f000::/40\nlength: 56\nexclude: [\"2001:db8:f000::/48\"]\nexcluded_prefix: 0:0:0:1::/64\nallocation: random\npreferred: 1h\nvalid: infinity\nlink: [prov0, rack2]\nkeep: 0%\nper_sender: 0\n",
		"an excluded prefix":     "{pool: \"2001:db8:f000::/40\", length: 56, excluded_prefix: 64}\n",
		"one link without lists": "{pool: \"2001:db8:f000::/40\", length: 56, link: prov0}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, yaml); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLengthsBeginWithTheDefault(t *testing.T) {
	for name, tc := range map[string]struct {
		c    config
		want []int
	}{
		"length alone":               {config{Length: 56}, []int{56}},
		"lengths alone":              {config{Lengths: []int{56, 60}}, []int{56, 60}},
		"a length that is not first": {config{Length: 60, Lengths: []int{56, 60, 64}}, []int{60, 56, 64}},
		"a length that is first":     {config{Length: 56, Lengths: []int{56, 60}}, []int{56, 60}},
		"a length beside others":     {config{Length: 56, Lengths: []int{60, 64}}, []int{56, 60, 64}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.c.lengths()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
