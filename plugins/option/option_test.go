package option

import (
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/rfc1035label"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin})
}

func TestReadme(t *testing.T) { pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin}) }

func TestEncodingIsThatOfTheLibrary(t *testing.T) {
	address := net.ParseIP("2001:db8::1")
	names := &rfc1035label.Labels{Labels: []string{"a.example", "b.example"}}
	for name, tc := range map[string]struct {
		yaml string
		want dhcpv6.Option
	}{
		"addresses":      {"dns_servers: 2001:db8::1", dhcpv6.OptDNS(address)},
		"names":          {"domain_list: a.example b.example", dhcpv6.OptDomainSearchList(names)},
		"a time":         {"information_refresh_time: 1h", dhcpv6.OptInformationRefreshTime(time.Hour)},
		"a URL":          {"bootfile_url: tftp://[2001:db8::1]/x", dhcpv6.OptBootFileURL("tftp://[2001:db8::1]/x")},
		"texts":          {"bootfile_param: [a b, c]", dhcpv6.OptBootFileParam("a b", "c")},
		"DHCPv4 servers": {"88: 2001:db8::1", &dhcpv6.OptDHCP4oDHCP6Server{DHCP4oDHCP6Servers: []net.IP{address}}},
		"a vendor class": {
			"vendor_class: {enterprise: 343, classes: [HTTPClient]}",
			&dhcpv6.OptVendorClass{EnterpriseNumber: 343, Data: [][]byte{[]byte("HTTPClient")}},
		},
		"vendor options": {
			"vendor_opts: {enterprise: 4491, options: {32: {type: address, value: '2001:db8::1'}, 33: {type: string, value: x}}}",
			&dhcpv6.OptVendorOpts{EnterpriseNumber: 4491, VendorOpts: dhcpv6.Options{
				&dhcpv6.OptionGeneric{OptionCode: 32, OptionData: address},
				&dhcpv6.OptionGeneric{OptionCode: 33, OptionData: []byte("x")},
			}},
		},
		"data of any form": {"239: {type: hex, value: '0102'}", &dhcpv6.OptionGeneric{OptionCode: 239, OptionData: []byte{1, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(config)
			if diff := cmp.Diff(dhcpv6.Options{tc.want}.ToBytes(), h.Options[0].Append(nil)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tc.want, diff)
			}
		})
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":        {"", `plugin.yml:1:1: no option is given, want at least one`},
		"an empty map":   {"{}\n", `plugin.yml:1:1: no option is given, want at least one`},
		"no options":     {"options: []\nreplace: true\n", `plugin.yml:1:10: options: no option is given, want at least one`},
		"replace alone":  {"replace: true\n", `plugin.yml:1:1: key "options" is missing`},
		"an unknown key": {"options: {23: '2001:db8::1'}\nreplaces: true\n", `plugin.yml:2:1: unknown key "replaces", did you mean "replace"? (known: options, replace)`},
		"one of the protocol": {
			"status_code: 0\n",
			`plugin.yml:1:1: option 13 (status_code) cannot be set: the server says itself what became of a request`,
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

func TestResolver(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"address hints are refused": {
			"144: {name: d.example, addresses: '2001:db8::53', alpn: dot, ipv6hint: '2001:db8::53'}",
			`plugin.yml:1:62: 144: unknown key "ipv6hint" (known: priority, name, addresses, alpn, port, dohpath)`,
		},
		"multicast is refused": {
			"144: {name: d.example, addresses: 'ff05::53', alpn: dot}",
			`plugin.yml:1:35: addresses: "ff05::53" is a multicast address, want that of a server`,
		},
		"loopback is refused": {
			"144: {name: d.example, addresses: '::1', alpn: dot}",
			`plugin.yml:1:35: addresses: "::1" is the loopback address: each client would ask itself`,
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

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		yaml string
		want []string
	}{
		"captive portal with a literal warns": {
			"captive_portal: 'https://[2001:db8::1]/api'\n",
			[]string{`option 103: "https://[2001:db8::1]/api" has an address for its host, which clients need not take (RFC 8910 section 2)`},
		},
		"captive portal with a name does not": {"captive_portal: https://portal.example.net/api\n", nil},
		"no captive portal does not":          {"captive_portal: urn:ietf:params:capport:unrestricted\n", nil},
		"others do not":                       {"bootfile_url: 'http://[2001:db8::1]/'\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(pipeline.Checker)
			if diff := cmp.Diff(tc.want, h.Check(nil)); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
		})
	}
}

func TestHandleAllocatesNothing(t *testing.T) {
	for name, yaml := range map[string]string{
		"the first one wins": "{23: '2001:db8::1', 17: {enterprise: 1, hex: '01'}}\n",
		"the last one wins":  "{replace: true, options: {23: '2001:db8::1', 17: {enterprise: 1, hex: '01'}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, yaml)
			var x pipeline.Exchange
			if n := testing.AllocsPerRun(100, func() {
				x.RemoveOption(dhcpv6.OptionDNSRecursiveNameServer)
				if _, err := h.Handle(t.Context(), &x); err != nil {
					t.Error(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}
