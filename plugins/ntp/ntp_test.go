package ntp

import (
	"net"
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
		yaml          string
		sources, sntp []string
	}{
		"an address": {
			"2001:db8::123\n",
			[]string{"address 2001:db8::123"}, []string{"2001:db8::123"},
		},
		"several on one line": {
			"2001:db8::123 2001:db8::124\n",
			[]string{"address 2001:db8::123", "address 2001:db8::124"}, []string{"2001:db8::123", "2001:db8::124"},
		},
		"a multicast address": {
			"ff05::101\n",
			[]string{"multicast ff05::101"}, nil,
		},
		"a name": {
			"ntp.example.net\n",
			[]string{"name ntp.example.net"}, nil,
		},
		"one of each": {
			"[ntp.example.net, 'ff05::101', '2001:db8::123']\n",
			[]string{"name ntp.example.net", "multicast ff05::101", "address 2001:db8::123"}, []string{"2001:db8::123"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := pipelinetest.Handler(t, Plugin, tc.yaml).(config)
			if diff := cmp.Diff(tc.sources, sources(t, h.sources)); diff != "" {
				t.Errorf("option 56 (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tc.sntp, servers(t, h.sntp)); diff != "" {
				t.Errorf("option 31 (-want +got)\n%s", diff)
			}
		})
	}
}

// sources reads options 56 with the library. Each has one suboption.
func sources(t *testing.T, o *pipeline.Option) (out []string) {
	t.Helper()
	var all dhcpv6.Options
	if err := all.FromBytes(o.Append(nil)); err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		inside := one.(*dhcpv6.OptNTPServer).Suboptions
		if len(inside) != 1 {
			t.Errorf("%v has %d suboptions, want one", one, len(inside))
		}
		switch s := inside[0].(type) {
		case *dhcpv6.NTPSuboptionSrvAddr:
			out = append(out, "address "+net.IP(*s).String())
		case *dhcpv6.NTPSuboptionMCAddr:
			out = append(out, "multicast "+net.IP(*s).String())
		case *dhcpv6.NTPSuboptionSrvFQDN:
			out = append(out, "name "+s.Labels.Labels[0])
		}
	}
	return out
}

// servers reads an option 31.
func servers(t *testing.T, o *pipeline.Option) (out []string) {
	t.Helper()
	if o == nil {
		return nil
	}
	data := o.Append(nil)[4:]
	for ; len(data) >= 16; data = data[16:] {
		out = append(out, net.IP(data[:16]).String())
	}
	if len(data) > 0 {
		t.Errorf("%x is left over", data)
	}
	return out
}

func TestServersAreAsTheLibraryWritesThem(t *testing.T) {
	h := pipelinetest.Handler(t, Plugin, "2001:db8::123 2001:db8::124\n").(config)
	want := dhcpv6.Options{dhcpv6.OptSNTP(net.ParseIP("2001:db8::123"), net.ParseIP("2001:db8::124"))}
	if diff := cmp.Diff(want.ToBytes(), h.sntp.Append(nil)); diff != "" {
		t.Errorf("option 31 (-want +got)\n%s", diff)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":         {"", `plugin.yml:1:1: nothing is written here`},
		"an empty text":   {"''\n", `plugin.yml:1:1: no address or domain name is given, want at least one`},
		"an empty list":   {"[]\n", `plugin.yml:1:1: the list is empty, want at least one address or domain name`},
		"a map":           {"server: 2001:db8::123\n", `plugin.yml:1:1: got a map, want a single value`},
		"a zone":          {"fe80::123%eth0\n", `plugin.yml:1:1: "fe80::123%eth0" has a zone, which means nothing to another machine`},
		"loopback":        {"::1\n", `plugin.yml:1:1: "::1" is the loopback address: each client would ask itself`},
		"an IPv4 address": {"192.0.2.123\n", `plugin.yml:1:1: "192.0.2.123" is not an IPv6 address`},
		"brackets":        {"'[2001:db8::123]'\n", `plugin.yml:1:1: "[2001:db8::123]" is in brackets, write 2001:db8::123`},
		"a port":          {"ntp.example.net:123\n", `plugin.yml:1:1: "ntp.example.net:123" is not an IPv6 address`},
		"a comma":         {"a.example,b.example\n", `plugin.yml:1:1: domain name "a.example,b.example": ',' cannot be in a name`},
		"one twice":       {"a.example a.example\n", `plugin.yml:1:11: "a.example" stands twice`},
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
	h := pipelinetest.Handler(t, Plugin, "2001:db8::123\n")
	var x pipeline.Exchange
	if n := testing.AllocsPerRun(100, func() {
		x.RemoveOption(dhcpv6.OptionNTPServer)
		x.RemoveOption(dhcpv6.OptionSNTPServerList)
		if _, err := h.Handle(t.Context(), &x); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
