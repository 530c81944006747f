package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/internal/strict"
)

// sample has every key.
const sample = `
leases: /srv/leases
api: unix:/run/a.sock http://[2001:db8:10::2]:8067
user: stage6
log: {level: debug, format: json}

server6:
  listen:
    - "[ff02::1:2%prov0]"
    - "[2001:db8:10::2]:1547"
  relays: [2001:db8:ffff::/48, 2001:db8::1, {link: prov0, interface_id: 'ge-0/0/*'}]
  links:
    - name: racks
      interface: prov0
      prefixes: [2001:db8:20::/64]
      rapid_commit: true
  rapid_commit: yes
  unicast: accept
  always: [dns_servers, 24]
  never: ntp_server 31
  rsoo: []
  decline_quarantine: 1h
  token_lifetime: 2h
  sol_max_rt: 120s
  inf_max_rt: 5m
  information_refresh: infinity
  queue: 64
  history: 0
  plugins:
    - server_id: auto
    - prefix: {pool: '2001:db8:f000::/40', length: 56}
      when: 'stage == "final"'
    - dns: 2001:db8:10::53
    - name: other
      dns: 2001:db8:10::54
    - dns: 2001:db8:10::55
    - final:
`

// ignorePlaces compares what was read, not where.
func ignorePlaces() cmp.Options {
	return cmp.Options{
		cmpopts.IgnoreTypes(strict.Node{}),
		cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
	}
}

func TestParseReadsEveryKey(t *testing.T) {
	yes := true
	got, err := Parse("config.yml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := File{
		Path:   "config.yml",
		Leases: Store{Plugin: "pebble"},
		API:    Endpoints{{URL: "unix:/run/a.sock"}, {URL: "http://[2001:db8:10::2]:8067"}},
		User:   User{Name: "stage6"},
		Log:    Log{Level: "debug", Format: "json"},
		Server6: Server6{
			Listen: Listens{
				{Addr: netip.MustParseAddr("ff02::1:2"), Zone: "prov0", Port: 547},
				{Addr: netip.MustParseAddr("2001:db8:10::2"), Port: 1547},
			},
			Relays: Relays{
				{Prefix: netip.MustParsePrefix("2001:db8:ffff::/48")}, {Prefix: netip.MustParsePrefix("2001:db8::1/128")},
				{Link: "prov0", InterfaceID: Pattern{"ge-0/0/", ""}},
			},
			Links: []Link{{
				Name: "racks", Interface: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:20::/64")}, RapidCommit: &yes,
			}},
			RapidCommit:        true,
			Unicast:            AcceptUnicast,
			Always:             Codes{23, 24},
			Never:              Codes{56, 31},
			RSOO:               Codes{},
			DeclineQuarantine:  time.Hour,
			TokenLifetime:      2 * time.Hour,
			SolMaxRT:           2 * time.Minute,
			InfMaxRT:           5 * time.Minute,
			InformationRefresh: 0xffffffff * time.Second,
			Queue:              64,
			Limits:             defaultLimits(),
			LinkWatch:          defaultLinkWatch(),
			Plugins: Items{
				{Plugin: "server_id", Name: "server_id"},
				{Plugin: "prefix", Name: "prefix", When: `stage == "final"`},
				{Plugin: "dns", Name: "dns"},
				{Plugin: "dns", Name: "other"},
				{Plugin: "dns", Name: "dns-2"},
				{Plugin: "final", Name: "final"},
			},
		},
	}
	if diff := cmp.Diff(want, got, ignorePlaces()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseKeepsThePlacesOfPlugins(t *testing.T) {
	f, err := Parse("config.yml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	item := f.Server6.Plugins[1]
	got := []string{item.Node.Pos(), item.Config.Pos(), item.WhenNode.Pos(), f.Server6.Listen[1].Node.Pos(), f.Server6.Links[0].Node.Pos(), f.Leases.Config.Pos()}
	want := []string{"config.yml:31:7", "config.yml:31:15", "config.yml:32:13", "config.yml:10:7", "config.yml:13:7", "config.yml:2:9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// least is what a file must say.
const least = "server6:\n  plugins:\n    - dns: 2001:db8::53\n"

func TestParseFillsInWhatTheFileDoesNotSay(t *testing.T) {
	f, err := Parse("config.yml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	var path string
	if err := strict.Decode(f.Leases.Config, &path); err != nil || f.Leases.Plugin != "pebble" || path != "/var/lib/stage6" {
		t.Errorf("leases are kept by %s in %q (%v), want pebble in /var/lib/stage6", f.Leases.Plugin, path, err)
	}
	want := File{
		Path:   "config.yml",
		Leases: Store{Plugin: "pebble"},
		API:    Endpoints{{URL: "unix:/run/stage6/api.sock"}},
		Log:    Log{Level: "info", Format: "text"},
		Server6: Server6{
			Listen: Listens{
				{Addr: netip.MustParseAddr("ff02::1:2"), Port: 547},
				{Addr: netip.MustParseAddr("ff05::1:3"), Port: 547},
				{Addr: netip.IPv6Unspecified(), Port: 547},
			},
			RSOO:              Codes{65},
			DeclineQuarantine: 24 * time.Hour,
			TokenLifetime:     24 * time.Hour,
			Queue:             4096,
			Limits:            Limits{Client: 100, Neighbors: 64, Waiting: 4096},
			History:           16 << 20,
			LinkWatch:         defaultLinkWatch(),
			Plugins:           Items{{Plugin: "dns", Name: "dns"}},
		},
	}
	if diff := cmp.Diff(want, f, ignorePlaces()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseTellsEmptyRelaysFromNone(t *testing.T) {
	f, err := Parse("config.yml", []byte(least+"  relays: []\n"))
	if err != nil || f.Server6.Relays == nil || len(f.Server6.Relays) != 0 {
		t.Errorf("got %v, %v, want an empty list that is not nil", f.Server6.Relays, err)
	}
}

func TestParseReadsStores(t *testing.T) {
	for text, want := range map[string]string{
		"memory":                             "memory at config.yml:1:9",
		"./leases":                           "pebble at config.yml:1:9",
		"{pebble: /srv/leases}":              "pebble at config.yml:1:10",
		"{etcd: {endpoints: ['::1']}}":       "etcd at config.yml:1:10",
		"\n  pebble:\n    path: /srv/leases": "pebble at config.yml:2:3",
	} {
		f, err := Parse("config.yml", []byte("leases: "+text+"\n"+least))
		if got := f.Leases.Plugin + " at " + f.Leases.Node.Pos(); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseReadsCoreDHCPsFile(t *testing.T) {
	_, err := Parse("config.yml", []byte(`
server6:
    listen: '[::]:547'
    plugins:
        - server_id: LL 00:de:ad:be:ef:00
        - file: "leases.txt"
        - dns: 2001:4860:4860::8888 2001:4860:4860::8844
        - nbp: "http://[2001:db8:a::1]/nbp"
        - prefix: 2001:db8::/48 64
        - searchdomains: dc1.lab.example.org dc2.lab.example.org
        - sleep: 1s
`))
	if err != nil {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	in := func(lines string) string { return least + lines } // lines begin at 4
	item := func(lines string) string { return "server6:\n  plugins:\n" + lines }
	for name, test := range map[string]struct{ yaml, want string }{
		"nothing":                            {"", `config.yml:1:1: key "server6" is missing`},
		"a list":                             {"- a", `config.yml:1:1: got a list, want a map with the keys leases, api, log, events, user, server6, reload`},
		"an unknown key":                     {"lease: a\n" + least, `config.yml:1:1: unknown key "lease", did you mean "leases"? (known: leases, api, log, events, user, server6, reload)`},
		"CoreDHCP's part for DHCPv4":         {least + "server4:\n  plugins: []", `config.yml:5:3: server4: stage6 serves DHCPv6 only: remove this part, or run CoreDHCP for it`},
		"CoreDHCP's old key interface":       {in("  interface: eth0"), `config.yml:4:14: interface: this key was renamed, write: listen: '[ff02::1:2%eth0]'`},
		"a log level that does not exist":    {"log: {level: loud}\n" + least, `config.yml:1:14: level: "loud": want error, warn, info, debug or trace`},
		"a log format that does not exist":   {"log: {format: xml}\n" + least, `config.yml:1:15: format: "xml": want text or json`},
		"an API at an address alone":         {"api: '[::1]:80'\n" + least, `config.yml:1:6: api: "[::1]:80": want unix: and a path, such as unix:/run/stage6/api.sock, for the tokens of installers an address such as http://[2001:db8:10::2]:8067, or for API tokens ` + secureExample},
		"an API with TLS and nothing else":   {"api: 'https://[::1]:443'\n" + least, `config.yml:1:6: api: "https://[::1]:443": TLS wants a certificate and API tokens, since everything may be asked with it: write ` + secureExample},
		"an API with TLS and no tokens":      {"api: {https: '[::1]:443', cert: a, key: b}\n" + least, `config.yml:1:6: api: key "tokens" is missing, the file of the API tokens, which stage6 api-token makes: without it everybody could change everything: write ` + secureExample},
		"an API with TLS and no certificate": {"api: {https: '[::1]:443', tokens: a}\n" + least, `config.yml:1:6: api: key "cert" is missing, the file of the certificate: write ` + secureExample},
		"an API with TLS and no port":        {"api: {https: '[::1]', cert: a, key: b, tokens: c}\n" + least, `config.yml:1:14: https: "[::1]": the port is missing, write https://[::1]:8067`},
		"an API with tokens and no TLS":      {"api: {http: '[::1]:80', tokens: c}\n" + least, `config.yml:1:13: http: an http endpoint takes one-time tokens alone and has no settings: write - http://[ADDRESS]:PORT, or https: for API tokens`},
		"an API with an unknown setting":     {"api: {https: '[::1]:443', certificate: a}\n" + least, `config.yml:1:27: api: unknown key "certificate" (known: https, cert, key, tokens, client_ca)`},
		"an API without a port":              {"api: 'http://[2001:db8::1]'\n" + least, `config.yml:1:6: api: "http://[2001:db8::1]": the port is missing, write http://[2001:db8::1]:8067`},
		"an API without a port or brackets":  {"api: 'http://2001:db8::1'\n" + least, `config.yml:1:6: api: "http://2001:db8::1": the port is missing, write http://[2001:db8::1]:8067`},
		"an API with a name":                 {"api: 'http://prov:80'\n" + least, `config.yml:1:6: api: "http://prov:80": want an address in brackets and a port, such as http://[2001:db8:10::2]:8067`},
		"an API with a path":                 {"api: 'http://[::1]:80/v1'\n" + least, `config.yml:1:6: api: "http://[::1]:80/v1": the API has no path of its own here, write http://[::1]:80`},
		"an API at port 0":                   {"api: 'http://[::1]:0'\n" + least, `config.yml:1:6: api: "http://[::1]:0": port 0 is none, want 1 to 65535`},
		"an API at a group":                  {"api: 'http://[ff02::1]:80'\n" + least, `config.yml:1:6: api: "http://[ff02::1]:80": a multicast address, want one of this machine's`},
		"an API at a link-local address":     {"api: 'http://[fe80::1]:80'\n" + least, `config.yml:1:6: api: "http://[fe80::1]:80": a link-local address wants its interface, such as http://[fe80::1%prov0]:80`},
		"tokens that live no time":           {"server6: {plugins: [{server_id: auto}], token_lifetime: long}\n", `config.yml:1:57: token_lifetime: "long" is not a time, want one such as 90s, 12h, 7d or 1h30m, of at most 30d`},
		"tokens that live 7102 weeks":        {"server6: {plugins: [{server_id: auto}], token_lifetime: 7102w}\n", `config.yml:1:57: token_lifetime: "7102w" is too long, want at most 30d`},
		"tokens for ever":                    {"server6: {plugins: [{server_id: auto}], token_lifetime: 365d}\n", `config.yml:1:57: token_lifetime: "365d" is too long, want at most 30d`},
		"leases that are neither":            {"leases: pebble\n" + least, `config.yml:1:9: leases: "pebble" is neither memory nor a path, write ./pebble for a directory`},
		"two stores":                         {"leases: {pebble: a, etcd: b}\n" + least, `config.yml:1:9: leases: got 2 stores, want one, such as pebble: /var/lib/stage6`},
		"an unknown key of the server":       {in("  relay: [2001:db8::/32]"), `config.yml:4:3: server6: unknown key "relay", did you mean "relays"? (known: listen, relays, links, plugins, rapid_commit, unicast, always, never, rsoo, decline_quarantine, sol_max_rt, inf_max_rt, information_refresh, linkwatch, known_servers, token_lifetime, queue, limits, history)`},
		"limits that hold back everybody":    {in("  limits: {client: 1}"), `config.yml:4:11: limits: client: 1 would hold back those who do nothing wrong, want at least 10, or 0 for no limit`},
		"a queue that is none":               {in("  limits: {waiting: 5}"), `config.yml:4:11: limits: waiting: 5 would hold back those who do nothing wrong, want at least 64, or 0 for no limit`},
		"limits that are not known":          {in("  limits: {relay: 100}"), `config.yml:4:12: limits: unknown key "relay" (known: client, neighbors, waiting)`},
		"limits below nothing":               {in("  limits: {client: -1}"), `config.yml:4:20: client: -1: want 0 to 1000000`},
		"limits that are a number":           {in("  limits: 100"), `config.yml:4:11: limits: "100": want true or false`},
		"no plugins":                         {"server6: {}", `config.yml:1:10: server6: key "plugins" is missing`},
		"an empty list of plugins":           {"server6: {plugins: []}", `config.yml:1:20: plugins: want a list of plugins`},
		"a plugin without settings":          {item("    - final"), `config.yml:3:7: plugins: got "final", want a plugin with its settings, such as final: {}`},
		"a list for a plugin":                {item("    - [final]"), `config.yml:3:7: plugins: got a list, want a map of one plugin`},
		"two plugins in one item":            {item("    - dns: a\n      ntp: b"), `config.yml:4:7: plugins: "dns" and "ntp" stand in one item, want one plugin, and beside it only when and name`},
		"a condition without a plugin":       {item("    - when: tag.x"), `config.yml:3:7: plugins: no plugin stands here, want one beside when and name`},
		"a condition that is a tag":          {item("    - dns: a\n      when: !tag.x"), `config.yml:4:13: when: "!tag.x" is a YAML tag, not an expression, write: not tag.x`},
		"a condition with nothing in it":     {item("    - dns: a\n      when:"), `config.yml:4:12: when: nothing is written here`},
		"a condition with an empty text":     {item("    - dns: a\n      when: ''"), `config.yml:4:13: when: the expression is empty, leave the key out to match always`},
		"a condition that begins in quotes":  {item("    - dns: a\n      when: \"x\" == y"), `config.yml:4:13: did not find expected key: quote it: '"x" == y'`},
		"a name with a space":                {item("    - dns: a\n      name: a b"), `config.yml:4:13: name: "a b": want at most 63 letters, digits, dots, hyphens and underscores`},
		"two plugins of one name":            {item("    - dns: a\n      name: x\n    - ntp: a\n      name: x"), `config.yml:6:13: name: "x" is the name of an earlier plugin, too`},
		"a relay with host bits":             {in("  relays: 2001:db8::1/32"), `config.yml:4:11: relays: "2001:db8::1/32" has bits beyond its length, write 2001:db8::/32 for the prefix`},
		"an LDRA without an Interface-Id":    {in("  relays: [{link: prov0}]"), `config.yml:4:12: relays: key "interface_id" is missing`},
		"an LDRA on no link":                 {in("  relays: [{interface_id: '*'}]"), `config.yml:4:12: relays: key "link" is missing`},
		"an LDRA whose octets are none":      {in("  relays: [{link: prov0, interface_id: 0xzz}]"), `config.yml:4:40: interface_id: "0xzz": want octets in hexadecimal, such as 00:03:aa`},
		"relays with nothing under them":     {in("  relays:\n    # - 2001:db8::/32"), `config.yml:4:10: relays: nothing is written here, write [] for an empty list`},
		"a link that is anywhere":            {in("  links:\n    - name: a"), `config.yml:5:7: links: want an interface or prefixes, to tell which link it is`},
		"a link with a long interface":       {in("  links:\n    - interface: abcdefghijklmnop"), `config.yml:5:7: links: interface "abcdefghijklmnop": want a name of 1 to 15 characters`},
		"a link with a link-local prefix":    {in("  links:\n    - prefixes: [fe80::/64]"), `config.yml:5:7: links: prefix "fe80::/64" is on every link, want a global or unique local one`},
		"a prefix that two links have":       {in("  links:\n    - prefixes: 2001:db8::/64\n    - prefixes: 2001:db8::/64"), `config.yml:6:7: links: prefix "2001:db8::/64" is that of another link, too, at config.yml:5:7`},
		"an interface that two links have":   {in("  links:\n    - interface: eth0\n    - interface: eth0"), `config.yml:6:7: links: interface "eth0" is that of another link, too, at config.yml:5:7`},
		"a name that two links have":         {in("  links:\n    - {name: a, interface: eth0}\n    - {name: a, interface: eth1}"), `config.yml:6:7: links: name "a" is that of another link, too, at config.yml:5:7`},
		"an unknown key of a link":           {in("  links:\n    - {prefix: 2001:db8::/64}"), `config.yml:5:8: links: unknown key "prefix", did you mean "prefixes"? (known: name, interface, prefixes, rapid_commit, linkwatch)`},
		"an option that is the server's own": {in("  always: [1]"), `config.yml:4:12: always: option 1 is the server's own, it follows the protocol only`},
		"an option beyond 16 bits":           {in("  always: 65536"), `config.yml:4:11: always: "65536": want 1 to 65535`},
		"an option that is not sent at all":  {in("  always: dns_servers\n  never: dns_servers"), `config.yml:5:10: never: option 23 (dns_servers) is listed under always, too`},
		"a way to treat unicast":             {in("  unicast: allow"), `config.yml:4:12: unicast: "allow": want drop or accept`},
		"a retransmission time out of range": {in("  sol_max_rt: 30s"), `config.yml:4:15: sol_max_rt: "30s" is too short, want at least 60s`},
		"a refresh time out of range":        {in("  information_refresh: 1m"), `config.yml:4:24: information_refresh: "1m" is too short, want at least 600s`},
		"a history of words":                 {in("  history: long"), `config.yml:4:12: history: "long": want a size from 1MiB to 4GiB, such as 16MiB, or 0 for none`},
		"a history of a few octets":          {in("  history: 64KiB"), `config.yml:4:12: history: "64KiB": want a size from 1MiB to 4GiB, such as 16MiB, or 0 for none`},
		"a queue of nothing":                 {in("  queue: 0"), `config.yml:4:10: queue: 0: want 1 to 1048576`},
		"a group beside itself on one link":  {in("  listen: ['ff02::1:2', '%eth0', '[ff02::1:2%eth0]']"), `config.yml:4:34: listen: "[ff02::1:2%eth0]:547" contradicts "[ff02::1:2]:547" at config.yml:4:12: on all interfaces or on one?`},
		"an empty list to listen on":         {in("  listen: []"), `config.yml:4:11: listen: the list is empty, leave the key out to listen everywhere`},
		"an address of IPv4":                 {in("  listen: 10.0.0.1:547"), `config.yml:4:11: listen: "10.0.0.1:547": an IPv4 address, but stage6 serves DHCPv6 only`},
		"a bracketed address without quotes": {in("  listen: [ff02::1:2%eth0]:547\n  queue: 1"), `config.yml:4:11: did not find expected key: quote it: '[ff02::1:2%eth0]:547'`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("config.yml", []byte(test.yaml)); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestParseReportsEverything(t *testing.T) {
	_, err := Parse("config.yml", []byte("log: {level: loud}\nserver6:\n  listen: [x]\n  plugins:\n    - when: ''\n    - dns: a\n      ntp: b\n"))
	want := `config.yml:1:14: level: "loud": want error, warn, info, debug or trace
config.yml:3:12: listen: "x": want an address such as [ff02::1:2%eth0]:547, %eth0 or :547
config.yml:5:7: plugins: no plugin stands here, want one beside when and name
config.yml:5:13: when: the expression is empty, leave the key out to match always
config.yml:7:7: plugins: "dns" and "ntp" stand in one item, want one plugin, and beside it only when and name`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestUnknownOptionNamesAreAnsweredWithTheNearest(t *testing.T) {
	_, err := Parse("config.yml", []byte(least+"  never: dns_server\n"))
	want := `config.yml:4:10: never: unknown option "dns_server", did you mean "dns_servers"? (known: aftr_name, `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// FuzzParse asserts that every text is a checked configuration or an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{sample, least, "server4: {}\n", "server6: {plugins: [{dns: a, when: b}], always: ['']}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), 4096)] // longer ones are slow and find nothing new
		file, err := Parse("config.yml", data)
		if err != nil {
			return
		}
		if len(file.Server6.Plugins) == 0 || len(file.Server6.Listen) == 0 || file.Leases.Plugin == "" {
			t.Errorf("%q: accepted without plugins, addresses or leases: %+v", data, file)
		}
		names := map[string]bool{}
		for _, item := range file.Server6.Plugins {
			if names[item.Name] {
				t.Errorf("%q: two plugins are named %q", data, item.Name)
			}
			names[item.Name] = true
		}
	})
}
