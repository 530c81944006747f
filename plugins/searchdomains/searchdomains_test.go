package searchdomains

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

func TestReadme(t *testing.T) { pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin}) }

// Labels and names that are as long as they may be, and one octet longer.
var (
	label63 = strings.Repeat("a", 63)
	name255 = label63 + "." + label63 + "." + label63 + "." + label63[:61]
)

func TestSettingsThatAreRight(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want []string
	}{
		"one":                        {"example.net\n", []string{"example.net"}},
		"several on one line":        {"example.net example.org\n", []string{"example.net", "example.org"}},
		"a list":                     {"- prov.example.net\n- example.net\n", []string{"prov.example.net", "example.net"}},
		"a dot at the end":           {"example.net.\n", []string{"example.net"}},
		"one label":                  {"internal\n", []string{"internal"}},
		"an internationalized name":  {"xn--bcher-kva.example\n", []string{"xn--bcher-kva.example"}},
		"underscores and hyphens":    {"_msdcs.my-corp.example\n", []string{"_msdcs.my-corp.example"}},
		"the longest label and name": {name255 + "\n", []string{name255}},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(config)
			if diff := cmp.Diff(tc.want, domains(t, h.domains)); diff != "" {
				t.Errorf("domains (-want +got)\n%s", diff)
			}
		})
	}
}

// domains reads an option 24 with the library.
func domains(t *testing.T, o *pipeline.Option) []string {
	t.Helper()
	var m dhcpv6.MessageOptions
	if err := m.FromBytes(o.Append(nil)); err != nil {
		t.Fatal(err)
	}
	return m.DomainSearchList().Labels
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":       {"", `plugin.yml:1:1: nothing is written here`},
		"an empty text": {"''\n", `plugin.yml:1:1: no domain name is given, want at least one`},
		"an empty list": {"[]\n", `plugin.yml:1:1: the list is empty, want at least one domain name`},
		"a map":         {"domains: example.net\n", `plugin.yml:1:1: got a map, want a single value`},
		"commas": {
			"example.net, example.org\n",
			`plugin.yml:1:1: domain name "example.net,": ',' cannot be in a name`,
		},
		"an empty label": {"example..net\n", `plugin.yml:1:1: domain name "example..net": a label is empty`},
		"the root":       {".\n", `plugin.yml:1:1: domain name ".": a label is empty`},
		"a long label": {
			label63 + "a.net\n",
			`plugin.yml:1:1: domain name "` + label63 + `a.net": label "` + label63 + `a": 64 octets, want at most 63`,
		},
		"a long name": {
			name255 + "a\n",
			`plugin.yml:1:1: domain name "` + name255 + `a": 256 octets, want at most 255`,
		},
		"an address": {"example.net 2001:db8::53\n", `plugin.yml:1:13: "2001:db8::53" is an address, want a domain name`},
		"an internationalized name": {
			"bücher.example\n",
			`plugin.yml:1:1: domain name "bücher.example": 'ü' is not ASCII, write it as xn--bcher-kva.example`,
		},
		"a name that has no such form": {
			"☃\u202e.example\n",
			"plugin.yml:1:1: domain name \"☃\\u202e.example\": '☃' is not ASCII, write it as xn--...",
		},
		"one twice": {"example.net example.net.\n", `plugin.yml:1:13: "example.net." stands twice`},
	} {
		t.Run(name, func(t *testing.T) {
			err := pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestHandleAllocatesNothing(t *testing.T) {
	h := pipelinetest.Handler(t, Plugin, "example.net\n")
	var x pipeline.Exchange
	if n := testing.AllocsPerRun(100, func() {
		x.RemoveOption(dhcpv6.OptionDomainSearchList)
		if _, err := h.Handle(t.Context(), &x); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
