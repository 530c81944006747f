package identify

import (
	"slices"
	"testing"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// own is what is said of sources that are not known.
const own = "; one of your own is compiled in by: go run github.com/stage6/stage6/generator identify --with MODULE"

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: no source is named, want some such as relay eui64`,
		},
		"an empty list": {
			"[]\n",
			`plugin.yml:1:1: no source is named, want some such as relay eui64`,
		},
		"an empty text": {
			"'  '\n",
			`plugin.yml:1:1: no source is named, want some such as relay eui64`,
		},
		"an unknown source": {
			"relay frames eui64\n",
			`plugin.yml:1:7: unknown source "frames", did you mean "frame"? (known: relay, frame, neighbor, port, eui64, duid, uuid, learned, iaid)` + own,
		},
		"unknown sources": {
			"- serial\n- relay\n- asset: {}\n",
			"plugin.yml:1:3: unknown source \"serial\" (known: relay, frame, neighbor, port, eui64, duid, uuid, learned, iaid)" + own + "\n" +
				`plugin.yml:3:3: unknown source "asset" (known: relay, frame, neighbor, port, eui64, duid, uuid, learned, iaid)` + own,
		},
		"a source in capitals": {
			"EUI64\n",
			`plugin.yml:1:1: unknown source "EUI64", did you mean "eui64"? (known: relay, frame, neighbor, port, eui64, duid, uuid, learned, iaid)` + own,
		},
		"a source twice": {
			"relay eui64 relay\n",
			`plugin.yml:1:13: source "relay" stands twice, first at plugin.yml:1:1`,
		},
		"a source twice in a list": {
			"- duid\n- relay: {}\n- duid: {}\n",
			`plugin.yml:3:3: source "duid" stands twice, first at plugin.yml:1:3`,
		},
		"settings that a source has not": {
			"- relay: {trusted: true}\n",
			`plugin.yml:1:10: relay: source "relay" has no settings, write relay alone`,
		},
		"a value that a source has not": {
			"relay: 5\n",
			`plugin.yml:1:8: relay: source "relay" has no settings, write relay alone`,
		},
		"a word that is not trusted": {
			"- uuid: yes\n",
			`plugin.yml:1:9: uuid: got "yes", want uuid alone or uuid: trusted`,
		},
		"trust for a source that has its own": {
			"- port: trusted\n",
			`plugin.yml:1:9: port: source "port" has no settings, write port alone`,
		},
		"a word that is not trusted, for what was learned": {
			"- learned: always\n",
			`plugin.yml:1:12: learned: got "always", want learned alone or learned: trusted`,
		},
		"settings of the iaid": {
			"- iaid: trusted\n",
			`plugin.yml:1:9: iaid: source "iaid" has no settings, write iaid alone`,
		},
		"a list in the list": {
			"- [relay]\n",
			`plugin.yml:1:3: got a list, want a single value`,
		},
		"an empty item": {
			"- relay\n-\n",
			`plugin.yml:2:2: nothing is written here`,
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

func TestSourcesKeepTheirOrder(t *testing.T) {
	for yaml, want := range map[string][]string{
		"relay eui64\n":                   {"relay", "eui64"},
		"eui64   relay\n":                 {"eui64", "relay"},
		"duid\n":                          {"duid"},
		"relay frame eui64\n":             {"relay", "frame", "eui64"},
		"[eui64, relay, duid]\n":          {"eui64", "relay", "duid"},
		"- eui64\n- relay: {}\n- duid:\n": {"eui64", "relay", "duid"},
		"duid: {}\nrelay:\n":              {"duid", "relay"},
		"- duid: {}\n  relay: {}\n":       {"duid", "relay"},
	} {
		node, err := strict.Parse("plugin.yml", []byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		var c config
		if err := strict.Decode(node, &c); err != nil {
			t.Errorf("%q: %v", yaml, err)
			continue
		}
		var got []string
		for _, s := range c.entries {
			got = append(got, s.name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", yaml, got, want)
		}
	}
}
