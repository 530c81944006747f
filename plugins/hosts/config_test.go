package hosts

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing": {
			"",
			`plugin.yml:1:1: want a file such as hosts.yml, a list of files, or a map of hosts`,
		},
		"an empty list": {
			"[]\n",
			`plugin.yml:1:1: want a file such as hosts.yml, a list of files, or a map of hosts`,
		},
		"a file that does not exist": {
			"hosts.yml\n",
			`plugin.yml:1:1: file "FOLDER/hosts.yml" does not exist; names are relative to the configuration file`,
		},
		"a file that is listed twice": {
			"- a.yml\n- a.yml\n",
			"plugin.yml:1:3: file \"FOLDER/a.yml\" does not exist; names are relative to the configuration file\n" +
				`plugin.yml:2:3: file "a.yml" is listed twice`,
		},
		"a host without anything": {
			"web01:\n",
			`plugin.yml:1:7: web01: the host has nothing that it is recognised by, want mac, port, duid, client or uuid`,
		},
		"a host that nobody recognises": {
			"web01:\n  address: 2001:db8:10::101\n",
			`plugin.yml:2:3: web01: the host has nothing that it is recognised by, want mac, port, duid, client or uuid`,
		},
		"a text": {
			"web01: 2001:db8:10::101\n",
			`plugin.yml:1:8: web01: got "2001:db8:10::101", want a map with the keys hostname, state, tags, options, uuid, duid, client, mac, port, address, prefix, interfaces`,
		},
		"an unknown key": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  addresses: 2001:db8:10::101\n",
			`plugin.yml:3:3: web01: unknown key "addresses", did you mean "address"? (known: hostname, state, tags, options, uuid, duid, client, mac, port, address, prefix, interfaces)`,
		},
		"a name with a space": {
			"web 01:\n  mac: 52:54:00:aa:bb:01\n",
			`plugin.yml:1:1: "web 01": want a name of letters, digits, dots, hyphens and underscores`,
		},
		"a MAC that is none": {
			"web01:\n  mac: 52:54:00:aa:bb\n",
			`plugin.yml:2:8: mac: MAC "52:54:00:aa:bb": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`,
		},
		"a group MAC": {
			"web01:\n  mac: [\"01:00:5e:00:00:01\"]\n",
			`plugin.yml:2:9: mac: MAC "01:00:5e:00:00:01": zero or a group address`,
		},
		"a DUID that is too short": {
			"web01:\n  duid: 0001\n",
			`plugin.yml:2:9: duid: DUID "0001": 2 octets, want at least 3 (a type of 2 and an identifier)`,
		},
		"a client without IAID": {
			"web01:\n  client: {duid: 00030001525400aabb01}\n",
			`plugin.yml:2:11: client: key "iaid" is missing`,
		},
		"a UUID that is none": {
			"web01:\n  uuid: 4c4c4544-0042\n",
			`plugin.yml:2:9: uuid: "4c4c4544-0042" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		},
		"a UUID that is not set": {
			"web01:\n  uuid: ffffffff-ffff-ffff-ffff-ffffffffffff\n",
			`plugin.yml:2:9: uuid: "ffffffff-ffff-ffff-ffff-ffffffffffff" is what machines say that have no UUID`,
		},
		"an IPv4 address": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 192.0.2.1\n",
			`plugin.yml:3:12: address: "192.0.2.1" is not an IPv6 address`,
		},
		"a block that is too large": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::/64\n",
			`plugin.yml:3:12: address: "2001:db8:10::/64" is no block of addresses, want a length from 120 to 127, or one address`,
		},
		"a block of one address": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::101/128\n",
			`plugin.yml:3:12: address: "2001:db8:10::101/128" is no block of addresses, want a length from 120 to 127, or one address`,
		},
		"a block that begins elsewhere": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::101/125\n",
			`plugin.yml:3:12: address: "2001:db8:10::101/125" has bits beyond its length, write 2001:db8:10::100/125 for the prefix`,
		},
		"a link-local address": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: fe80::1\n",
			`plugin.yml:3:12: address: "fe80::1" is link-local, which DHCPv6 does not give out`,
		},
		"an address with a zone": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8::1%eth0\n",
			`plugin.yml:3:12: address: "2001:db8::1%eth0" has a zone, write 2001:db8::1`,
		},
		"no address": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: \"::\"\n",
			`plugin.yml:3:12: address: "::" cannot be an address of a machine`,
		},
		"a derived address without a MAC": {
			"web01:\n  duid: 00:03:00:01:52:54:00:aa:bb:01\n  address: derived\n",
			`plugin.yml:2:3: web01: address: derived is made of the mac of the interface, want one, got 0`,
		},
		"a derived address with two MACs": {
			"web01:\n  interfaces:\n    eth0:\n      mac: [52:54:00:aa:bb:01, 52:54:00:aa:bb:02]\n      address: derived\n",
			`plugin.yml:2:3: web01: interface "eth0": address: derived is made of the mac of the interface, want one, got 2`,
		},
		"an address that is derived, and another host's": {
			"web01:\n  mac: 52:54:00:d6:c2:a9\n  address: derived\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: ::5054:ff:fed6:c2a9\n",
			`plugin.yml:6:12: address: address ::5054:ff:fed6:c2a9 is that of host "web01", too, at plugin.yml:3:12`,
		},
		"a prefix without length": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  prefix: \"2001:db8:f001::\"\n",
			`plugin.yml:3:11: prefix: "2001:db8:f001::" has no length, want a prefix such as 2001:db8:f001::/64`,
		},
		"a prefix that cannot be delegated": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  prefix: ff00::/8\n",
			`plugin.yml:3:11: prefix: "ff00::/8" cannot be delegated, want a prefix such as 2001:db8:f001::/56`,
		},
		"an unknown state": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  state: done\n",
			`plugin.yml:3:10: state: state "done": want new, deploy, installed or locked`,
		},
		"a hostname that is none": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  hostname: web_01\n",
			`plugin.yml:3:13: hostname: "web_01" is not a host name, want one such as web01.example.net`,
		},
		"a tag that expressions cannot name": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  tags: [rhel-9]\n",
			`plugin.yml:3:10: tags: tag "rhel-9": want letters, digits and underscores, as in when: tag.web`,
		},
		"an option that is wrong": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  options: {dns_servers: x}\n",
			`plugin.yml:3:26: dns_servers: "x" is not an IPv6 address (option 23 (dns_servers) is a list of IPv6 addresses)`,
		},
		"an address beside interfaces": {
			"web01:\n  address: 2001:db8:10::101\n  interfaces:\n    eth0: {mac: 52:54:00:aa:bb:01}\n",
			`plugin.yml:2:3: web01: mac, port, address and prefix belong under one of the interfaces, since there are interfaces`,
		},
		"an interface that nobody recognises": {
			"web01:\n  interfaces:\n    eth0: {mac: 52:54:00:aa:bb:01}\n    eth1: {address: 2001:db8:10::101}\n",
			`plugin.yml:2:3: web01: interface "eth1" has nothing that it is recognised by, want mac, port, duid or client`,
		},
		"more addresses than a message should hold": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: [" + strings.Repeat("\"2001:db8::1\", ", 17) + "]\n",
			`plugin.yml:2:3: web01: 17 addresses or prefixes of one interface, want at most 16`,
		},
		"more interfaces than a machine has": {
			"web01:\n  duid: 00030001525400aabb01\n  interfaces: {" + manyInterfaces(65) + "}\n",
			`plugin.yml:2:3: web01: 65 interfaces of one host, want at most 64`,
		},
		"an unknown key of an interface": {
			"web01:\n  interfaces:\n    eth0: {mac: 52:54:00:aa:bb:01, uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132}\n",
			`plugin.yml:3:36: eth0: unknown key "uuid", did you mean "duid"? (known: duid, client, mac, port, address, prefix)`,
		},
		"a host twice": {
			"web01:\n  mac: 52:54:00:aa:bb:01\nweb01:\n  mac: 52:54:00:aa:bb:02\n",
			`plugin.yml:3:1: key "web01" stands twice, first at line 1`,
		},
	} {
		t.Run(name, func(t *testing.T) { checkError(t, t.TempDir(), tc.yaml, tc.want) })
	}
}

func TestClaimsOfTheSameThing(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a MAC of two hosts": {
			"web01:\n  mac: 52:54:00:aa:bb:01\nweb02:\n  mac: [52-54-00-AA-BB-02, 525400aabb01]\n",
			`plugin.yml:4:28: mac: MAC 52:54:00:aa:bb:01 is that of host "web01", too, at plugin.yml:2:8`,
		},
		"a MAC of two interfaces": {
			"web01:\n  interfaces:\n    eth0: {mac: 52:54:00:aa:bb:01}\n    eth1: {mac: 52:54:00:aa:bb:01}\n",
			`plugin.yml:4:17: mac: MAC 52:54:00:aa:bb:01 is that of host "web01", too, at plugin.yml:3:17`,
		},
		"an address of two hosts": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::101\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: [\"2001:db8:10:0::101\"]\n",
			`plugin.yml:6:13: address: address 2001:db8:10::101 is that of host "web01", too, at plugin.yml:3:12`,
		},
		"a host part of two hosts": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: \"::56\"\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: \"::56\"\n",
			`plugin.yml:6:12: address: address ::56 is that of host "web01", too, at plugin.yml:3:12`,
		},
		"an address in the block of another host": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::100/125\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: 2001:db8:10::107\n",
			`plugin.yml:6:12: address: address 2001:db8:10::107 is inside 2001:db8:10::100/125 of host "web01" at plugin.yml:3:12`,
		},
		"a block of two hosts": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::100/125\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: 2001:db8:10::100/125\n",
			`plugin.yml:6:12: address: address 2001:db8:10::100/125 is that of host "web01", too, at plugin.yml:3:12`,
		},
		"host parts in a block": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  address: ::/120\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: ::8/125\n",
			`plugin.yml:6:12: address: address ::8/125 is inside ::/120 of host "web01" at plugin.yml:3:12`,
		},
		"a DUID of two hosts": {
			"web01:\n  duid: 00030001525400aabb01\nweb02:\n  duid: 00:03:00:01:52:54:00:aa:bb:01\n",
			`plugin.yml:4:9: duid: DUID 00:03:00:01:52:54:00:aa:bb:01 is that of host "web01", too, at plugin.yml:2:9`,
		},
		"a UUID and the DUID made of it": {
			"web01:\n  uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132\nweb02:\n  duid: 000444454c4c420010358052b4c04f4a3132\n",
			`plugin.yml:4:9: duid: DUID 00:04:44:45:4c:4c:42:00:10:35:80:52:b4:c0:4f:4a:31:32 is that of host "web01", too, at plugin.yml:2:9`,
		},
		"a port that is none": {
			"web01: {port: 'interface-id:ge-0/0/7'}\nweb02: {port: [spare, 'interface-id:0x67652d302f302f37']}\n",
			`plugin.yml:2:16: port: port "spare": want interface-id:, remote-id: or subscriber-id: and the identifier`,
		},
		"a port of two hosts, written in two ways": {
			"web01: {port: 'interface-id:ge-0/0/7'}\nweb02: {interfaces: {eth0: {port: 'interface-id:0x67652d302f302f37'}}}\n",
			`plugin.yml:2:35: port: port interface-id:ge-0/0/7 is that of host "web01", too, at plugin.yml:1:15`,
		},
		"a UUID of two hosts": {
			"web01:\n  uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132\nweb02:\n  uuid: 44454C4C420010358052B4C04F4A3132\n",
			`plugin.yml:4:9: uuid: DUID 00:04:44:45:4c:4c:42:00:10:35:80:52:b4:c0:4f:4a:31:32 is that of host "web01", too, at plugin.yml:2:9`,
		},
		"a client of two hosts": {
			"web01:\n  client: {duid: 00030001525400aabb01, iaid: 1}\nweb02:\n  client: {duid: 00030001525400aabb01, iaid: 0x1}\n",
			`plugin.yml:4:11: client: DUID 00:03:00:01:52:54:00:aa:bb:01 with IAID 1 is that of host "web01", too, at plugin.yml:2:11`,
		},
		"a prefix of two hosts": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  prefix: 2001:db8:f001::/56\nweb02:\n  mac: 52:54:00:aa:bb:02\n  prefix: 2001:db8:f001::/56\n",
			`plugin.yml:6:11: prefix: prefix 2001:db8:f001::/56 is that of host "web01", too, at plugin.yml:3:11`,
		},
		"an address inside a prefix": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  prefix: 2001:db8:f001::/56\nweb02:\n  mac: 52:54:00:aa:bb:02\n  address: 2001:db8:f001::1\n",
			`plugin.yml:6:12: address: address 2001:db8:f001::1 is inside 2001:db8:f001::/56 of host "web01" at plugin.yml:3:11`,
		},
		"a prefix inside another": {
			"web01:\n  mac: 52:54:00:aa:bb:01\n  prefix: 2001:db8:f001:10::/60\nweb02:\n  mac: 52:54:00:aa:bb:02\n  prefix: 2001:db8:f001::/56\n",
			`plugin.yml:3:11: prefix: prefix 2001:db8:f001:10::/60 is inside 2001:db8:f001::/56 of host "web02" at plugin.yml:6:11`,
		},
	} {
		t.Run(name, func(t *testing.T) { checkError(t, t.TempDir(), tc.yaml, tc.want) })
	}
}

func TestErrorsInFilesNameTheFile(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.yml":     "web01:\n  mac: 52:54:00:aa:bb:01\n",
		"b.yml":     "web02:\n  mac: 52:54:00:aa:bb:01\n",
		"same.yml":  "web01:\n  mac: 52:54:00:aa:bb:02\n",
		"list.yml":  "- web01\n",
		"wrong.yml": "web01:\n  mac: x\n",
		"empty.yml": "# no host\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, "large.csv"), "")
	if err := os.Truncate(filepath.Join(folder, "large.csv"), strict.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ yaml, want string }{
		"a mistake":                 {"wrong.yml\n", `FOLDER/wrong.yml:2:8: mac: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`},
		"a list of hosts":           {"list.yml\n", `FOLDER/list.yml:1:1: got a list, want a map`},
		"a claim of two files":      {"[a.yml, b.yml]\n", `FOLDER/b.yml:2:8: mac: MAC 52:54:00:aa:bb:01 is that of host "web01", too, at FOLDER/a.yml:2:8`},
		"a host of two files":       {"[a.yml, same.yml]\n", `FOLDER/same.yml:1:1: host "web01" is written at FOLDER/a.yml:1:1 already`},
		"a file that is too large":  {"large.csv\n", `plugin.yml:1:1: hosts cannot be read: "FOLDER/large.csv" has 33554433 octets, want at most 33554432`},
		"a folder":                  {".\n", `plugin.yml:1:1: hosts cannot be read: "FOLDER" is not a regular file`},
		"nothing in a file":         {"empty.yml\n", ""},
		"files without a collision": {"[a.yml, empty.yml]\n", ""},
	} {
		t.Run(name, func(t *testing.T) { checkError(t, folder, tc.yaml, tc.want) })
	}
}

func TestAFileThatMayNotBeReadSaysWhoReads(t *testing.T) {
	err := unreadable(&fs.PathError{Op: "open", Path: "racks.csv", Err: fs.ErrPermission})
	want := "hosts cannot be read: open racks.csv: permission denied: the server must be able to without root's rights: chmod a+r, or chown to its user"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// checkError compares the error of settings, with FOLDER for folder; want may
// be nothing for no error.
func TestClaimsAcrossYAMLAndCSV(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.yml": "web01:\n  mac: 52:54:00:aa:bb:01\n  address: 2001:db8:10::101\n  prefix: 2001:db8:f000::/48\n",
		"b.csv": "name,mac,address,prefix\nweb02,52:54:00:aa:bb:02 52:54:00:aa:bb:01,2001:db8:10::101,2001:db8:f000:1::/64\n",
		"c.CSV": "name;mac\nweb01;52:54:00:aa:bb:03\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkError(t, folder, "[a.yml, b.csv, c.CSV]\n",
		"FOLDER/b.csv:2:25: mac: MAC 52:54:00:aa:bb:01 is that of host \"web01\", too, at FOLDER/a.yml:2:8\n"+
			"FOLDER/b.csv:2:43: address: address 2001:db8:10::101 is that of host \"web01\", too, at FOLDER/a.yml:3:12\n"+
			"FOLDER/b.csv:2:60: prefix: prefix 2001:db8:f000:1::/64 is inside 2001:db8:f000::/48 of host \"web01\" at FOLDER/a.yml:4:11\n"+
			"FOLDER/c.CSV:2:1: name: host \"web01\" is written at FOLDER/a.yml:1:1 already")
}

func checkError(t *testing.T, folder, yaml, want string) {
	t.Helper()
	got := ""
	if err := pipelinetest.ConfigError(t, folder, Plugin, yaml); err != nil {
		got = strings.ReplaceAll(err.Error(), folder, "FOLDER")
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// manyInterfaces gives n interfaces for a map in flow style.
func manyInterfaces(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("eth%d: {address: '2001:db8:%x::1'}", i, i))
	}
	return strings.Join(out, ", ")
}
