package lifetimes

import (
	"testing"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: nothing is set, want settings such as {preferred: 12h, valid: 24h}`,
		},
		"a text": {
			"12h\n",
			`plugin.yml:1:1: got "12h", want a map with the keys preferred, valid, min_preferred, max_preferred, min_valid, max_valid, t1, t2`,
		},
		"an unknown key": {
			"lease: 12h\n",
			`plugin.yml:1:1: unknown key "lease" (known: preferred, valid, min_preferred, max_preferred, min_valid, max_valid, t1, t2)`,
		},
		"no unit": {
			"valid: 3600\n",
			`plugin.yml:1:8: valid: "3600" has no unit, write 3600s for seconds`,
		},
		"zero": {
			"t1: 0\n",
			`plugin.yml:1:5: t1: "0" is too short, want at least 1s`,
		},
		"more than 32 bits of seconds": {
			"valid: 7102w\n",
			`plugin.yml:1:8: valid: "7102w" is too long, want less than 4294967295s, or infinity`,
		},
		"preferred above valid": {
			"preferred: 2h\nvalid: 1h\n",
			`plugin.yml:1:12: preferred: "2h" is longer than valid, which is "1h"`,
		},
		"infinity above valid": {
			"preferred: infinity\nvalid: 1h\n",
			`plugin.yml:1:12: preferred: "infinity" is longer than valid, which is "1h"`,
		},
		"t1 above t2": {
			"t1: 2h\nt2: 1h\n",
			`plugin.yml:1:5: t1: "2h" is longer than t2, which is "1h"`,
		},
		"t2 above preferred": {
			"preferred: 1h\nt2: 90m\n",
			`plugin.yml:2:5: t2: "90m" is longer than preferred, which is "1h"`,
		},
		"t2 above what a client may ask for": {
			"preferred: 2h\nmin_preferred: 1h\nt2: 90m\n",
			`plugin.yml:3:5: t2: "90m" is longer than min_preferred, which is "1h"`,
		},
		"a default below its minimum": {
			"valid: 1h\nmin_valid: 2h\n",
			`plugin.yml:2:12: min_valid: "2h" is longer than valid, which is "1h"`,
		},
		"a default above its maximum": {
			"valid: 3h\nmax_valid: 2h\n",
			`plugin.yml:1:8: valid: "3h" is longer than max_valid, which is "2h"`,
		},
		"two mistakes": {
			"preferred: 2h\nvalid: 1h\nt1: 30m\nt2: 20m\n",
			"plugin.yml:1:12: preferred: \"2h\" is longer than valid, which is \"1h\"\n" +
				`plugin.yml:3:5: t1: "30m" is longer than t2, which is "20m"`,
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
		"both lifetimes":      "{preferred: 12h, valid: 24h}\n",
		"one of them":         "valid: 1h\n",
		"for ever":            "{preferred: infinity, valid: infinity}\n",
		"equal ones":          "{preferred: 1h, valid: 1h, t1: 1h, t2: 1h}\n",
		"never to be renewed": "{preferred: infinity, valid: infinity, t1: infinity, t2: infinity}\n",
		"bounds":              "{preferred: 12h, valid: 24h, min_preferred: 10m, max_preferred: 1d, min_valid: 20m, max_valid: 7d}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, yaml); err != nil {
				t.Error(err)
			}
		})
	}
}
