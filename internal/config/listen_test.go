package config

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseListen(t *testing.T) {
	for text, want := range map[string]Listen{
		"%eth0":                {Addr: netip.IPv6Unspecified(), Zone: "eth0", Port: 547},
		"%eth0:1547":           {Addr: netip.IPv6Unspecified(), Zone: "eth0", Port: 1547},
		":547":                 {Addr: netip.IPv6Unspecified(), Port: 547},
		"[::]":                 {Addr: netip.IPv6Unspecified(), Port: 547},
		"::":                   {Addr: netip.IPv6Unspecified(), Port: 547},
		"::1":                  {Addr: netip.MustParseAddr("::1"), Port: 547},
		"2001:db8::2":          {Addr: netip.MustParseAddr("2001:db8::2"), Port: 547},
		"[2001:db8::2]":        {Addr: netip.MustParseAddr("2001:db8::2"), Port: 547},
		"[2001:db8::2]:1547":   {Addr: netip.MustParseAddr("2001:db8::2"), Port: 1547},
		"[fe80::1%eth0]":       {Addr: netip.MustParseAddr("fe80::1"), Zone: "eth0", Port: 547},
		"ff02::1:2":            {Addr: netip.MustParseAddr("ff02::1:2"), Port: 547},
		"ff02::1:2%eth0":       {Addr: netip.MustParseAddr("ff02::1:2"), Zone: "eth0", Port: 547},
		"[ff02::1:2%eth0]:547": {Addr: netip.MustParseAddr("ff02::1:2"), Zone: "eth0", Port: 547},
		"[ff05::1:3]%eth0:547": {Addr: netip.MustParseAddr("ff05::1:3"), Zone: "eth0", Port: 547},
	} {
		got, err := parseListen(text)
		if diff := cmp.Diff(want, got, ignorePlaces()); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", text, err, diff)
		}
	}
}

func TestParseListenRefuses(t *testing.T) {
	const form = "want an address such as [ff02::1:2%eth0]:547, %eth0 or :547"
	for text, want := range map[string]string{
		"":                  form,
		"eth0":              form,
		"[::]547":           form,
		"[::]:":             form,
		"[::1":              `"]" is missing`,
		"[]:547":            "nothing is in the brackets",
		"[2001:db8::/64]":   "not an IPv6 address",
		"10.0.0.1":          "an IPv4 address, but stage6 serves DHCPv6 only",
		"[::ffff:10.0.0.1]": "an IPv4 address, but stage6 serves DHCPv6 only",
		"::547":             "an address without a prefix, write [::]:547 if a port is meant",
		"[fe80::1]":         "a link-local address wants its interface, such as [fe80::1%eth0]",
		"ff02::1":           "no client sends to the group ff02::1, want ff02::1:2 or ff05::1:3",
		"[::]:0":            `port "0": want 1 to 65535`,
		"[::]:65536":        `port "65536": want 1 to 65535`,
		"%eth/0":            `interface "eth/0": want a name of 1 to 15 characters`,
		"%":                 `interface "": want a name of 1 to 15 characters`,
	} {
		if got, err := parseListen(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
}

func TestListenAddressesStandOnce(t *testing.T) {
	f, err := Parse("config.yml", []byte(least+"  listen: ['[::]', ':547', '::', '%eth1:1547', '[::%eth0]:1547']\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range f.Server6.Listen {
		got = append(got, l.String())
	}
	if diff := cmp.Diff([]string{"[::]:547", "[::%eth1]:1547", "[::%eth0]:1547"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
