package dns

import (
	"net"
	"net/netip"
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
		yaml string
		want []string
	}{
		"one":                   {"2001:db8::53\n", []string{"2001:db8::53"}},
		"several on one line":   {"2001:db8::53  2001:db8::54\n", []string{"2001:db8::53", "2001:db8::54"}},
		"a list":                {"- 2001:db8::53\n- fe80::1\n", []string{"2001:db8::53", "fe80::1"}},
		"one that ends with ::": {"['2001:db8::']\n", []string{"2001:db8::"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(config)
			if diff := cmp.Diff(tc.want, servers(t, h.servers)); diff != "" {
				t.Errorf("servers (-want +got)\n%s", diff)
			}
		})
	}
}

// servers reads an option 23 with the library.
func servers(t *testing.T, o *pipeline.Option) (out []string) {
	t.Helper()
	var m dhcpv6.MessageOptions
	if err := m.FromBytes(o.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for _, ip := range m.DNS() {
		a, _ := netip.AddrFromSlice(net.IP(ip))
		out = append(out, a.String())
	}
	return out
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":       {"", `plugin.yml:1:1: nothing is written here`},
		"an empty text": {"''\n", `plugin.yml:1:1: no address is given, want at least one`},
		"an empty list": {"[]\n", `plugin.yml:1:1: the list is empty, want at least one address`},
		"a map":         {"servers: 2001:db8::53\n", `plugin.yml:1:1: got a map, want a single value`},
		"an address that YAML takes for a map": {
			"- 2001:db8::\n",
			`plugin.yml:1:3: got a map, want a single value: quote it: '2001:db8::'`,
		},
		"an IPv4 address": {"192.0.2.53\n", `plugin.yml:1:1: "192.0.2.53" is not an IPv6 address`},
		"an IPv4 address in disguise": {
			"::ffff:192.0.2.53\n",
			`plugin.yml:1:1: "::ffff:192.0.2.53" is an IPv4 address in disguise, want an IPv6 address`,
		},
		"a name":        {"2001:db8::53 ns.example.net\n", `plugin.yml:1:14: "ns.example.net" is not an IPv6 address`},
		"a prefix":      {"2001:db8::53/64\n", `plugin.yml:1:1: "2001:db8::53/64" is a prefix, want an address such as 2001:db8::53`},
		"brackets":      {"'[2001:db8::53]'\n", `plugin.yml:1:1: "[2001:db8::53]" is in brackets, write 2001:db8::53`},
		"a zone":        {"fe80::1%eth0\n", `plugin.yml:1:1: "fe80::1%eth0" has a zone, which means nothing to another machine`},
		"no address":    {"'::'\n", `plugin.yml:1:1: "::" is no address of a server`},
		"loopback":      {"::1\n", `plugin.yml:1:1: "::1" is the loopback address: each client would ask itself`},
		"multicast":     {"ff02::fb\n", `plugin.yml:1:1: "ff02::fb" is a multicast address, want that of a server`},
		"one twice":     {"2001:db8::53 2001:DB8:0::53\n", `plugin.yml:1:14: "2001:DB8:0::53" stands twice`},
		"several wrong": {"- x\n- y\n", "plugin.yml:1:3: \"x\" is not an IPv6 address\nplugin.yml:2:3: \"y\" is not an IPv6 address"},
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
	h := pipelinetest.Handler(t, Plugin, "2001:db8::53\n")
	var x pipeline.Exchange
	if n := testing.AllocsPerRun(100, func() {
		x.RemoveOption(dhcpv6.OptionDNSRecursiveNameServer)
		if _, err := h.Handle(t.Context(), &x); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
