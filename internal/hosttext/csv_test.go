package hosttext

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
)

func hostsOf(entries []Entry) []host.Host {
	hosts := make([]host.Host, len(entries))
	for i := range entries {
		hosts[i] = entries[i].Host()
	}
	return hosts
}

// fromCSV and fromYAML give the hosts of a text, without their places.
func fromCSV(t *testing.T, text string) []host.Host {
	t.Helper()
	entries, err := ReadCSV("hosts.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return hostsOf(entries)
}

func fromYAML(t *testing.T, text string) []host.Host {
	t.Helper()
	node, err := strict.Parse("hosts.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	if err := strict.Decode(node, &entries); err != nil {
		t.Fatal(err)
	}
	return hostsOf(entries)
}

func TestCSVSaysTheSameAsYAML(t *testing.T) {
	const web01 = "web01: {mac: 52:54:00:aa:bb:01, address: '2001:db8:10::101'}\n"
	for name, tc := range map[string]struct{ csv, yaml string }{
		"everything of one host": {
			"name,mac,uuid,duid,address,prefix,hostname,state,tags\n" +
				"web01,52:54:00:aa:bb:01 525400aabb02,4c4c4544-0042-3510-8052-b4c04f4a3132,00030001525400aabb01,2001:db8:10::101 ::2,2001:db8:f001::/56,www.example.net,deploy,rhel web\n",
			"web01:\n  mac: [52:54:00:aa:bb:01, 52:54:00:aa:bb:02]\n  uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132\n  duid: 00030001525400aabb01\n" +
				"  address: ['2001:db8:10::101', '::2']\n  prefix: 2001:db8:f001::/56\n  hostname: www.example.net\n  state: deploy\n  tags: [rhel, web]\n",
		},
		"a DUID with IAIDs": {
			"name,duid,iaid\nweb01,00030001525400aabb01,7 0x1f\n",
			"web01:\n  client:\n    - {duid: 00030001525400aabb01, iaid: 7}\n    - {duid: 00030001525400aabb01, iaid: 31}\n",
		},
		"ports": {
			"name,interface,port\nweb01,eth0,interface-id:ge-0/0/7 remote-id:9:0x01ff\nweb01,eth1,subscriber-id:rack4@2001:db8:10::1\n",
			"web01:\n  interfaces:\n    eth0: {port: ['interface-id:ge-0/0/7', 'remote-id:9:0x01ff']}\n    eth1: {port: 'subscriber-id:rack4@2001:db8:10::1'}\n",
		},
		"a row for each interface": {
			"name,interface,mac,address,uuid,state\n" +
				"web02,eth0,52:54:00:aa:bb:02,2001:db8:10::102,4c4c4544-0042-3510-8052-b4c04f4a3132,locked\n" +
				"web03,,52:54:00:aa:bb:03,,,\n" +
				"web02,eth1,52:54:00:aa:cc:02 52:54:00:aa:cc:03,2001:db8:20::102,4C4C4544-0042-3510-8052-B4C04F4A3132,\n",
			"web02:\n  uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132\n  state: locked\n  interfaces:\n" +
				"    eth0: {mac: 52:54:00:aa:bb:02, address: '2001:db8:10::102'}\n" +
				"    eth1: {mac: [52:54:00:aa:cc:02, 52:54:00:aa:cc:03], address: '2001:db8:20::102'}\n" +
				"web03: {mac: 52:54:00:aa:bb:03}\n",
		},
		"a DUID of the machine in every row": {
			"name,interface,duid,address\nweb02,eth0,00030001525400aabb01,2001:db8:10::102\nweb02,eth1,00030001525400aabb01,2001:db8:20::102\nweb02,eth2,00030001525400aabb01,2001:db8:30::102\n",
			"web02:\n  duid: 00030001525400aabb01\n  interfaces:\n    eth0: {address: '2001:db8:10::102'}\n    eth1: {address: '2001:db8:20::102'}\n    eth2: {address: '2001:db8:30::102'}\n",
		},
		"another order and letters of columns": {"Address,NAME,Mac\n2001:db8:10::101,web01,52:54:00:aa:bb:01\n", web01},
		"a byte order mark and CRLF":           {"\ufeffname,mac,address\r\nweb01,52:54:00:aa:bb:01,2001:db8:10::101\r\n", web01},
		"semicolons":                           {"name;mac;address\nweb01;52:54:00:aa:bb:01;2001:db8:10::101\n", web01},
		"tabs":                                 {"name\tmac\taddress\nweb01\t52:54:00:aa:bb:01\t2001:db8:10::101\n", web01},
		"quotes":                               {"\"name\",\"mac\",\"address\"\n\"web01\",\"52:54:00:aa:bb:01\",\"2001:db8:10::101\"\n", web01},
		"a quoted cell of several lines":       {"name,mac\nweb01,\"52:54:00:aa:bb:01\r\n52:54:00:aa:bb:02\"\n", "web01: {mac: [52:54:00:aa:bb:01, 52:54:00:aa:bb:02]}\n"},
		"spaces around cells":                  {"name , mac , address\n web01 , 52:54:00:aa:bb:01 , 2001:db8:10::101 \n", web01},
		"empty rows, cells and columns":        {"name,mac,address,,\n,,,,\n\nweb01,52:54:00:aa:bb:01,2001:db8:10::101,,,,\n , ,\n", web01},
		"cells that are left out":              {"name,mac,address,tags,prefix\nweb01,52:54:00:aa:bb:01,2001:db8:10::101\n", web01},
		"comments":                             {"# our hosts; in a row each\nname,mac,address\n# the first\nweb01,52:54:00:aa:bb:01,2001:db8:10::101\n", web01},
		"no line break at the end":             {"name,mac,address\nweb01,52:54:00:aa:bb:01,2001:db8:10::101", web01},
		"the first line only":                  {"name,mac\n", "{}"},
		"nothing":                              {"", "{}"},
		"nothing but a comment":                {"# no host\n", "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := fromCSV(t, tc.csv), fromYAML(t, tc.yaml)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(host.Host{}, "Source"), cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-YAML +CSV):\n%s", diff)
			}
		})
	}
}

func TestCSVThatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ csv, want string }{
		"no first line": {
			"web01,52:54:00:aa:bb:01\n",
			"1:1: unknown column \"web01\" (known: name, interface, mac, uuid, duid, iaid, address, prefix, hostname, state, tags, port)\n" +
				"1:1: no column is named \"name\": the first line names the columns\n" +
				`1:7: unknown column "52:54:00:aa:bb:01" (known: name, interface, mac, uuid, duid, iaid, address, prefix, hostname, state, tags, port)`,
		},
		"a column that is nearly known": {
			"name,adress\n",
			`1:6: unknown column "adress", did you mean "address"? (known: name, interface, mac, uuid, duid, iaid, address, prefix, hostname, state, tags, port)`,
		},
		"a column twice": {"name,mac,MAC\n", `1:10: column "mac" stands twice`},
		"a row without a name": {
			"name,mac\n,52:54:00:aa:bb:01\n",
			`2:1: name: the row has no name`,
		},
		"a wrong value": {
			"name,mac\nweb01,52:54:00:aa:bb\n",
			`2:7: mac: MAC "52:54:00:aa:bb": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a wrong value behind others": {
			"name,mac\nweb01,52:54:00:aa:bb:01  x\n",
			`2:26: mac: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a wrong value in quotes": {
			"name,mac\nweb01,\"52:54:00:aa:bb:01 x\"\n",
			`2:26: mac: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a wrong value in a quoted cell of several lines": {
			"name,mac\nweb01,\"52:54:00:aa:bb:01\nx\"\nweb02,y\n",
			"2:7: mac: MAC \"x\": want six octets in hexadecimal, such as 52:54:00:aa:bb:01\n" +
				`4:7: mac: MAC "y": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"columns are counted in characters": {
			"name,hostname,mac\nweb01,wéb,x\n",
			"2:7: hostname: \"wéb\" is not a host name, want one such as web01.example.net\n" +
				`2:11: mac: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a name that is none":  {"name,mac\nweb 01,52:54:00:aa:bb:01\n", `2:1: name: "web 01": want a name of letters, digits, dots, hyphens and underscores`},
		"an unknown state":     {"name,mac,state\nweb01,52:54:00:aa:bb:01,done\n", `2:25: state: state "done": want new, deploy, installed or locked`},
		"an octal IAID":        {"name,duid,iaid\nweb01,00030001525400aabb01,010\n", `2:28: iaid: "010" is not an IAID, want a number from 0 to 4294967295`},
		"an IAID of no DUID":   {"name,mac,iaid\nweb01,52:54:00:aa:bb:01,1\n", `2:25: iaid: an IAID belongs to the DUID beside it, want one duid, not 0`},
		"a port with a space":  {"name,port\nweb01,interface-id:Eth 1/7\n", `2:24: port: port "1/7": want interface-id:, remote-id: or subscriber-id: and the identifier`},
		"a host by nothing":    {"name,address\nweb01,2001:db8:10::101\n", `2:1: name: the host has nothing that it is recognised by, want mac, port, duid, client or uuid`},
		"more cells":           {"name,mac\nweb01,52:54:00:aa:bb:01,2001:db8:10::101\n", `2:25: 3 cells, but the first line names 2 columns`},
		"a column of no name":  {"name,,mac\nweb01,x,52:54:00:aa:bb:01\n", `2:7: the column has no name`},
		"a quote in a cell":    {"name,mac\nweb01,52:54:00\"aa:bb:01\n", `2:15: a quote inside of a cell: put the whole cell into quotes`},
		"a quote without end":  {"name,mac\nweb01,\"52:54:00:aa:bb:01\nweb02,\n", `2:1: a quoted cell does not end properly: a quote inside is written ""`},
		"text behind a quote":  {"name,mac\nweb01,\"52:54:00\"aa:bb:01\n", `2:16: a quoted cell does not end properly: a quote inside is written ""`},
		"another code page":    {"name,mac\nweb01,x\nw\xe9b,\n", `3:2: octet 0xe9 is not UTF-8: save the file as CSV in UTF-8`},
		"UTF-16":               {"\xff\xfen\x00a\x00", `1:1: octet 0xff is not UTF-8: save the file as CSV in UTF-8`},
		"an interface twice":   {"name,interface,mac\nweb01,eth0,52:54:00:aa:bb:01\nweb01,eth0,52:54:00:aa:bb:02\n", `3:7: interface: interface "eth0" of host "web01" is written at hosts.csv:2:7 already`},
		"a host twice":         {"name,mac\nweb01,52:54:00:aa:bb:01\nweb01,52:54:00:aa:bb:02\n", `3:1: name: host "web01" is written at hosts.csv:2:1 already; rows of one host name its interfaces in the column interface`},
		"another state of one": {"name,interface,mac,state\nweb01,eth0,52:54:00:aa:bb:01,new\nweb01,eth1,52:54:00:aa:bb:02,deploy\n", `3:30: state: differs from that of the host's first row at hosts.csv:2:1; further rows repeat it or leave it out`},
		"more rows than a host has interfaces": {
			"name,interface,mac\n" + manyRowsOfOne(65),
			`66:1: name: more than 64 rows of host "web01", one for each interface`,
		},
		"more than a file may have": {
			"name,mac\n" + strings.Repeat("\n", strict.MaxSize),
			`1:1: 33554441 octets, want at most 33554432`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, err := ReadCSV("hosts.csv", []byte(tc.csv)); err != nil {
				got = err.Error()
			}
			if want := "hosts.csv:" + strings.ReplaceAll(tc.want, "\n", "\nhosts.csv:"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// manyRowsOfOne gives rows of n interfaces of one host.
func manyRowsOfOne(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "web01,eth%d,52:54:00:aa:bb:%02x\n", i, i)
	}
	return b.String()
}

func TestTheTableInTheREADMEIsRead(t *testing.T) {
	page, err := os.ReadFile("../../plugins/hosts/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```csv\n")
	text, _, _ := strings.Cut(rest, "```")
	hosts := fromCSV(t, text)
	if len(hosts) != 2 || len(hosts[0].Tags) != 2 || len(hosts[1].Interfaces) != 2 || len(hosts[1].Interfaces[0].MACs) != 2 {
		t.Errorf("got %+v", hosts)
	}
}

// FuzzCSV asserts that every text is read or refused with places in it.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"name,mac\nweb01,52:54:00:aa:bb:01\n", "name;duid;iaid\r\na;\"00010203\"\"\n\";7\r\n", "\ufeff#\n\"n\"\"\",,\n,,,\n",
		"name,interface,duid\na,b,000102 030405\na,c,000102\n", "name\tmac\n\té\t\"\n\xc3\xa9 x\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := ReadCSV("hosts.csv", data)
		if err == nil {
			return
		}
		all, ok := err.(strict.Errors)
		if one, is := err.(*strict.Error); is {
			all, ok = strict.Errors{one}, true
		}
		for _, e := range all {
			if e.File != "hosts.csv" || e.Line < 1 || e.Line > len(data)+1 || e.Column < 1 || e.Column > len(data)+1 {
				t.Errorf("%q: error at %d:%d: %v", data, e.Line, e.Column, e)
			}
		}
		if !ok {
			t.Errorf("%q: an error without a place: %v", data, err)
		}
	})
}
