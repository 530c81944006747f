package hosttext

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
)

func document(t *testing.T, text string) *Document {
	t.Helper()
	d, err := ParseDocument("body", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADocumentSaysTheSameAsYAML(t *testing.T) {
	for name, c := range map[string]struct{ json, yaml string }{
		"everything": {
			"{\n\t\"name\": \"web01\", \"version\": 7, \"state\": \"deploy\", \"hostname\": \"www.example.net\", \"tags\": [\"rhel\", \"web\"],\n\t\"uuids\": [\"4c4c4544-0042-3510-8052-b4c04f4a3132\"]," +
				`"interfaces": [{"macs": ["52:54:00:aa:bb:01"], "clients": [{"duid": "00:03:00:01:52:54:00:aa:bb:01"}, {"duid": "00:03:00:01:52:54:00:aa:bb:01", "iaid": 7}],
				"ports": ["interface-id:ge-0/0/7"], "addresses": ["2001:db8:10::101", "::56", "2001:db8:10::200/125"], "prefixes": ["2001:db8:f001::/56"]}],
				"options": {"dns_servers": "2001:db8::53"}}`,
			"web01: {state: deploy, hostname: www.example.net, tags: [rhel, web], uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132, mac: '52:54:00:aa:bb:01', duid: '00:03:00:01:52:54:00:aa:bb:01', client: {duid: '00:03:00:01:52:54:00:aa:bb:01', iaid: 7}, port: 'interface-id:ge-0/0/7', address: ['2001:db8:10::101', '::56', '2001:db8:10::200/125'], prefix: '2001:db8:f001::/56', options: {dns_servers: '2001:db8::53'}}\n",
		},
		"two interfaces": {
			`{"interfaces": [{"name": "eth0", "macs": ["52:54:00:aa:bb:01"], "addresses": ["derived"]}, {"name": "eth1", "macs": ["52:54:00:aa:bb:02"]}]}`,
			"web01: {interfaces: {eth0: {mac: '52:54:00:aa:bb:01', address: derived}, eth1: {mac: '52:54:00:aa:bb:02'}}}\n",
		},
		"nothing where null is": {
			`{"hostname": null, "state": null, "tags": null, "options": {}, "uuids": null, "interfaces": [{"name": null, "macs": ["52:54:00:aa:bb:01"], "addresses": null}]}`,
			"web01: {mac: '52:54:00:aa:bb:01'}\n",
		},
		"what the server tells beside": {
			`{"state_set": true, "state_in_source": "new", "pinned": "00:01", "source": "api", "aside": "x", "warnings": ["y"], "interfaces": [{"macs": ["52:54:00:aa:bb:01"]}]}`,
			"web01: {mac: '52:54:00:aa:bb:01'}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := document(t, c.json).Host("web01", ""), fromYAML(t, c.yaml)[0]
			want.Source = ""
			if !got.Equal(&want) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(want, *got))
			}
		})
	}
}

func TestADocumentKeepsItsOptionsAsTheyAreWritten(t *testing.T) {
	d := document(t, `{"name": "web01", "version": 7, "state": "locked", "interfaces": [{"macs": ["52:54:00:aa:bb:01"]}], "options": {"dns_servers": ["2001:db8::53"]}}`)
	if string(d.Options) != `{"dns_servers":["2001:db8::53"]}` || d.Name != "web01" || *d.Version != 7 || *d.State != host.Locked {
		t.Errorf("got %+v", d)
	}
}

func TestWhatIsWrongInADocumentIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {"", "body: empty, want a host in JSON"},
		"no JSON":             {"{\"tags\":\n [}", "body: line 2, octet 3 is no JSON: invalid character '}' looking for beginning of value"},
		"no object":           {"[]", `body: got a list, want a host such as {"interfaces": [{"macs": ["52:54:00:aa:bb:01"], "addresses": ["2001:db8:10::101"]}]}`},
		"an unknown field":    {`{"mac": "52:54:00:aa:bb:01"}`, `body: unknown key "mac"`},
		"a near field":        {`{"interfaces": [{"mac": ["52:54:00:aa:bb:01"]}]}`, `body: interfaces: unknown key "mac", did you mean "macs"?`},
		"a field twice":       {`{"tags": [], "tags": []}`, `body: key "tags" stands twice, first at line 1`},
		"a bad MAC":           {`{"interfaces": [{"macs": ["52:54:00:aa:bb"]}]}`, `body: macs: `},
		"a bad prefix":        {`{"interfaces": [{"macs": ["52:54:00:aa:bb:01"], "prefixes": ["2001:db8::1/56"]}]}`, `body: prefixes: "2001:db8::1/56"`},
		"a link-local one":    {`{"interfaces": [{"macs": ["52:54:00:aa:bb:01"], "addresses": ["fe80::1"]}]}`, `body: addresses: "fe80::1" is link-local, which DHCPv6 does not give out`},
		"nothing to know by":  {`{"tags": ["web"]}`, `body: the host has nothing that it is recognised by`},
		"names of interfaces": {`{"interfaces": [{"macs": ["52:54:00:aa:bb:01"]}, {"name": "eth1"}]}`, `body: interface 1 of 2 has no name: several interfaces have names that differ, such as eth0`},
		"a name twice":        {`{"interfaces": [{"name": "eth1", "macs": ["52:54:00:aa:bb:01"]}, {"name": "eth1", "macs": ["52:54:00:aa:bb:02"]}]}`, `body: name "eth1" is that of two interfaces`},
		"a bad name":          {`{"name": "web 01"}`, `body: name: "web 01": want a name of letters, digits, dots, hyphens and underscores`},
		"an unknown option":   {`{"options": {"dns_server": "2001:db8::53"}}`, `body: options: unknown option "dns_server", did you mean`},
		"a bad state":         {`{"state": "gone"}`, `body: state: state "gone": want new, deploy, installed or locked`},
		"a bad version":       {`{"version": "x"}`, `body: version: "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseDocument("body", []byte(c.text))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// FuzzDocument asserts that every text is read or refused, and that what is read
// makes a host.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{`{"interfaces":[{"macs":["52:54:00:aa:bb:01"],"addresses":["::1/125"]}],"options":{"23":"2001:db8::1"}}`, `{"tags":["a"],"state":"\ud83d"}`, "{\"name\":\t\"\u2028\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDocument("body", text)
		if err == nil && len(d.Host("web01", "api").Interfaces) == 0 {
			t.Error("a host without an interface")
		}
	})
}

// FuzzYAML reads any hosts file: every entry makes a host, and what is refused is
// refused with places in the file.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"web01: {mac: 52:54:00:aa:bb:01, uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132, address: '2001:db8:10::101', prefix: 2001:db8:f001::/56, state: deploy, tags: [rhel]}\n",
		"web02:\n  interfaces:\n    eth0: {mac: \"52:54:00:aa:bb:02\", address: [\"::102\", derived]}\n    eth1: {port: 'interface-id:ge-0/0/7', address: \"2001:db8:20::102/125\"}\n",
		"web03: {client: [{duid: 00030001525400aabb01, iaid: 0x1f}], hostname: www.example.net, options: {dns_servers: 2001:db8::53, 17: {enterprise: 1, hex: 00}}}\n",
		"a: &x {mac: [5254.00aa.bb01]}\nb: *x\n", "a: {<<: {duid: 1}}\n", "? [a]\n: !!binary a\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		node, err := strict.Parse("hosts.yml", data)
		if err != nil {
			return // what strict refuses has a fuzz test of its own
		}
		var entries []Entry
		if err := strict.Decode(node, &entries); err != nil {
			if !strings.HasPrefix(err.Error(), "hosts.yml:") {
				t.Errorf("%q: an error without a place: %v", data, err)
			}
			return
		}
		for _, h := range hostsOf(entries) {
			if h.Name == "" || len(h.Interfaces) == 0 || len(h.Interfaces) > maxInterfaces {
				t.Errorf("%q gives %+v", data, h)
			}
		}
	})
}

// FuzzMerge patches any object with any patch (RFC 7396): what comes out is an object
// that the same patch does not change again.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"tags": ["web"], "options": {"23": "2001:db8::1"}}`), []byte(`{"tags": null, "options": {"24": ["a"]}}`))
	f.Add([]byte(`[]`), []byte(`{"a": {"b": {"c": null}}}`))
	f.Add([]byte(`{"version": 18446744073709551615}`), []byte(`{"version": 1e400, "a": 1, "a": 2}`))
	f.Fuzz(func(t *testing.T, object, patch []byte) {
		once, err := Merge("body", object, patch)
		if err != nil {
			return
		}
		twice, err := Merge("body", once, patch)
		if err != nil || string(once) != string(twice) || once[0] != '{' {
			t.Errorf("%s with %s is %s, and then %s (%v)", object, patch, once, twice, err)
		}
	})
}
