package simulate

import (
	"net"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

func TestAnAnswerIsJudgedAsTheRealProgramJudgesIt(t *testing.T) {
	const tftp, http = "tftp://[2001:db8::2]/boot.efi", "http://[2001:db8::2]/boot.efi"
	httpClass := &dhcpv6.OptVendorClass{EnterpriseNumber: intel, Data: [][]byte{[]byte("HTTPClient")}}
	dnsServer := dhcpv6.OptDNS(net.ParseIP("2001:db8::53"))
	raw := func(code dhcpv6.OptionCode, data string) dhcpv6.Option {
		return &dhcpv6.OptionGeneric{OptionCode: code, OptionData: []byte(data)}
	}
	status := func(s iana.StatusCode) dhcpv6.Option { return &dhcpv6.OptStatusCode{StatusCode: s} }
	url := dhcpv6.OptBootFileURL
	for name, c := range map[string]struct {
		profile string
		options []dhcpv6.Option // beside identifiers and the IA_NA
		ia      []dhcpv6.Option // in the IA_NA, instead of an address
		change  func(*dhcpv6.Message)
		want    string // part of the reason; "" when the program goes on
	}{
		"PXE loads by TFTP":                               {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp)}},
		"PXE loads nothing without a URL":                 {profile: "uefi-pxe", want: "no boot file URL"},
		"PXE loads nothing by HTTP":                       {profile: "uefi-pxe", options: []dhcpv6.Option{url(http)}, want: "not tftp://"},
		"PXE looks up no names":                           {profile: "uefi-pxe", options: []dhcpv6.Option{url("tftp://boot/x")}, want: "a name, a port or credentials"},
		"PXE knows no ports":                              {profile: "uefi-pxe", options: []dhcpv6.Option{url("tftp://[2001:db8::2]:69/x")}, want: "a name, a port or credentials"},
		"PXE reads parameters as a file size":             {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp), raw(60, "\x00\x05quiet")}, want: "option 60"},
		"PXE takes a file size":                           {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp), raw(60, "\x00\x042880")}},
		"PXE drops an empty list of DNS servers":          {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp), raw(23, "")}, want: "option 23 has 0 octets"},
		"PXE drops half an address of a DNS server":       {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp), raw(23, "12345678")}, want: "option 23 has 8 octets"},
		"PXE takes an IA with a status for a proxy":       {profile: "uefi-pxe", options: []dhcpv6.Option{url(tftp)}, ia: []dhcpv6.Option{status(iana.StatusNoAddrsAvail)}, want: "NoAddrsAvail in the IA_NA: UEFI takes it for a proxy offer"},
		"HTTP loads by HTTP":                              {profile: "uefi-http", options: []dhcpv6.Option{url(http), httpClass}},
		"HTTP wants to be called by its name":             {profile: "uefi-http", options: []dhcpv6.Option{url(http)}, want: "no option 16"},
		"HTTP wants its name with a length":               {profile: "uefi-http", options: []dhcpv6.Option{url(http), raw(16, "\x00\x00\x01\x57HTTPClient")}, want: "no option 16"},
		"HTTP loads nothing by TFTP":                      {profile: "uefi-http", options: []dhcpv6.Option{url(tftp), httpClass}, want: "not http or https"},
		"HTTP needs a DNS server for a name":              {profile: "uefi-http", options: []dhcpv6.Option{url("http://boot/x"), httpClass}, want: "no DNS server"},
		"HTTP looks up a name":                            {profile: "uefi-http", options: []dhcpv6.Option{url("http://boot/x"), httpClass, dnsServer}},
		"HTTP is free to take parameters":                 {profile: "uefi-http", options: []dhcpv6.Option{url(http), httpClass, raw(60, "\x00\x05quiet")}},
		"the second client of UEFI wants only an address": {profile: "uefi-ip6"},
		"iPXE boots by HTTP":                              {profile: "ipxe", options: []dhcpv6.Option{url(http)}},
		"iPXE gives up at any status":                     {profile: "ipxe", options: []dhcpv6.Option{url(http), raw(25, "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0d\x00\x02\x00\x06")}, want: "NoPrefixAvail in an IA_PD"},
		"iPXE minds no Success":                           {profile: "ipxe", options: []dhcpv6.Option{url(http), status(iana.StatusSuccess)}},
		"iPXE has nothing to boot":                        {profile: "ipxe", want: "nothing to boot"},
		"a system takes an address":                       {profile: "dhclient"},
		"a system takes no IA without an address":         {profile: "dhclient", ia: []dhcpv6.Option{}, want: "no lease that lives"},
		"a system is told that there is none":             {profile: "dhclient", ia: []dhcpv6.Option{status(iana.StatusNoAddrsAvail)}, want: "the server says NoAddrsAvail in the IA_NA"},
		"a system is told why there is none":              {profile: "dhclient", ia: []dhcpv6.Option{&dhcpv6.OptStatusCode{StatusCode: iana.StatusNoAddrsAvail, StatusMessage: "all \x1b gone"}}, want: `the server says NoAddrsAvail "all \x1b gone" in the IA_NA`},
		"a system is told of its link":                    {profile: "dhclient", options: []dhcpv6.Option{status(iana.StatusNotOnLink)}, want: "the server says NotOnLink"},
		"a system with a prefix is content with one":      {profile: "dhclient-both"},
		"a system that wants a prefix gets none":          {profile: "dhclient-pd", want: "no IA_PD"},
		"nobody takes an answer to another": {
			profile: "dhclient", want: "does not have the client's DUID",
			change: func(m *dhcpv6.Message) { m.UpdateOption(dhcpv6.OptClientID(fakeServer)) },
		},
		"nobody takes an answer of nobody": {
			profile: "dhclient", want: "no server identifier",
			change: func(m *dhcpv6.Message) { m.Options.Del(dhcpv6.OptionServerID) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := lookup(Profiles(), c.profile)
			if err != nil {
				t.Fatal(err)
			}
			m := NewMachine(testMAC, UUID{}, 1)
			client := newClient(p, m, newXIDs(m))
			sent, err := dhcpv6.MessageFromBytes(p.solicit.message(client, solicit, dhcpv6.TransactionID{1}))
			if err != nil {
				t.Fatal(err)
			}
			answer := lendTo(sent, testAddress)
			if given := answer.Options.OneIANA(); c.ia != nil {
				given.Options.Options = c.ia
			}
			for _, o := range c.options {
				answer.AddOption(o)
			}
			if c.change != nil {
				c.change(answer)
			}
			got, err := parseAnswer(answer.ToBytes())
			if err != nil {
				t.Fatal(err)
			}
			err = client.judge(solicit, &got)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAMessageThatBreaksOffIsUnreadable(t *testing.T) {
	for name, raw := range map[string]string{
		"a header":       "\x02\x00",
		"half an option": "\x02\x00\x00\x01\x00\x01",
		"short data":     "\x02\x00\x00\x01\x00\x01\x00\x02x",
	} {
		if _, err := parseAnswer([]byte(raw)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
