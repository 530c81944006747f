package nbp

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

func TestSettingsThatAreRight(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml   string
		url    string
		params []string
	}{
		"an address":       {"http://[2001:db8:a::1]/nbp\n", "http://[2001:db8:a::1]/nbp", nil},
		"a name":           {"tftp://boot.example.net/nbp\n", "tftp://boot.example.net/nbp", nil},
		"a port and query": {"https://boot.example.net:8443/nbp?a=b&c=d\n", "https://boot.example.net:8443/nbp?a=b&c=d", nil},
		"escapes":          {"http://boot.example.net/a%20b\n", "http://boot.example.net/a%20b", nil},
		"what iPXE expands": {
			"http://[2001:db8::1]/x?mac=${net0/mac}&uuid=${uuid}\n",
			"http://[2001:db8::1]/x?mac=${net0/mac}&uuid=${uuid}", nil,
		},
		"parameters on the line":  {"http://[2001:db8::1]/nbp quiet console=ttyS0\n", "http://[2001:db8::1]/nbp", []string{"quiet", "console=ttyS0"}},
		"a list":                  {"['http://[2001:db8::1]/nbp', a b]\n", "http://[2001:db8::1]/nbp", []string{"a b"}},
		"parameters in the query": {"http://[2001:db8::1]/nbp?params=a+b\n", "http://[2001:db8::1]/nbp?params=a+b", []string{"a", "b"}},
		"others than in the query": {
			"http://[2001:db8::1]/nbp?params=a c\n",
			"http://[2001:db8::1]/nbp?params=a", []string{"c"},
		},
		"an empty query params":    {"http://[2001:db8::1]/nbp?params=\n", "http://[2001:db8::1]/nbp?params=", nil},
		"a map":                    {"url: http://[2001:db8::1]/nbp\nparams: [a b, c]\n", "http://[2001:db8::1]/nbp", []string{"a b", "c"}},
		"a map with one parameter": {"url: http://[2001:db8::1]/nbp\nparams: a b\n", "http://[2001:db8::1]/nbp", []string{"a b"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(config)
			if got := read(t, h.url).BootFileURL(); got != tc.url {
				t.Errorf("URL %q, want %q", got, tc.url)
			}
			if diff := cmp.Diff(tc.params, read(t, h.params).BootFileParam()); diff != "" {
				t.Errorf("parameters (-want +got)\n%s", diff)
			}
		})
	}
}

// read reads an option with the library.
func read(t *testing.T, o *pipeline.Option) (m dhcpv6.MessageOptions) {
	t.Helper()
	if o == nil {
		return m
	}
	if err := m.FromBytes(o.Append(nil)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":            {"", `plugin.yml:1:1: no URL is given, want one such as http://[2001:db8::1]/boot`},
		"an empty text":      {"''\n", `plugin.yml:1:1: no URL is given, want one such as http://[2001:db8::1]/boot`},
		"an empty list":      {"[]\n", `plugin.yml:1:1: no URL is given, want one such as http://[2001:db8::1]/boot`},
		"an empty URL":       {"url: ''\n", `plugin.yml:1:6: url: the URL is empty`},
		"no URL in a map":    {"params: a\n", `plugin.yml:1:1: key "url" is missing`},
		"an unknown key":     {"url: http://a/\nparam: a\n", `plugin.yml:2:1: unknown key "param", did you mean "params"? (known: url, params)`},
		"an empty parameter": {"url: http://a/\nparams: ['']\n", `plugin.yml:2:10: params: the parameter is empty`},
		"no scheme": {
			"boot.example.net/nbp\n",
			`plugin.yml:1:1: "boot.example.net/nbp" has no scheme, want a URL such as http://[2001:db8::1]/boot`,
		},
		"no host":            {"http:///nbp\n", `plugin.yml:1:1: "http:///nbp" has no host`},
		"a port but no host": {"http://:80/nbp\n", `plugin.yml:1:1: "http://:80/nbp" has no host`},
		"an address without brackets": {
			"tftp://2001:db8::1/nbp?x\n",
			`plugin.yml:1:1: "tftp://2001:db8::1/nbp?x": an IPv6 address stands in brackets, write tftp://[2001:db8::1]/nbp?x`,
		},
		"no address in brackets": {"http://[boot]/\n", `plugin.yml:1:1: "http://[boot]/" is not a URL: invalid host: ParseAddr("boot"): unable to parse IP`},
		"a zone":                 {"http://[fe80::1%25eth0]/nbp\n", `plugin.yml:1:1: "http://[fe80::1%25eth0]/nbp": the address has a zone, which means nothing to another machine`},
		"a port that is none":    {"http://a:x/\n", `plugin.yml:1:1: "http://a:x/" is not a URL: invalid port ":x" after host`},
		"a space":                {"url: http://a/b c\n", `plugin.yml:1:6: url: "http://a/b c": " " must be written as %20`},
		"a letter beyond ASCII":  {"http://a/bücher\n", `plugin.yml:1:1: "http://a/bücher": "ü" must be written as %C3%BC`},
		"too long": {
			"http://a/" + strings.Repeat("b", 70000) + "\n",
			`plugin.yml:1:1: option 59: 70009 octets, want at most 65535`,
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

func TestHandleAllocatesNothing(t *testing.T) {
	h := pipelinetest.Handler(t, Plugin, "http://[2001:db8::1]/nbp quiet\n")
	var x pipeline.Exchange
	if n := testing.AllocsPerRun(100, func() {
		x.RemoveOption(dhcpv6.OptionBootfileURL)
		x.RemoveOption(dhcpv6.OptionBootfileParam)
		if _, err := h.Handle(t.Context(), &x); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
