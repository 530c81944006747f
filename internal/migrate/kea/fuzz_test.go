package kea

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/condition"
)

// FuzzKea reads anything as a configuration. What comes of it can be written, and
// nothing that was not asked for is lost without a word.
func FuzzKea(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Add([]byte(`{"Dhcp6":{"subnet6":[{"subnet":"::/0","pd-pools":[{"prefix":"::","prefix-len":0,"delegated-len":0}]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("<?")) {
			return // it could name any file of this machine
		}
		c, r := &migrate.Config{}, &migrate.Report{}
		if err := read([]*migrate.Source{migrate.NewSource("kea.json", data)}, c, r); err != nil {
			return
		}
		c.Repair(r)
		if _, err := c.WriteYAML("fuzz", true); err != nil {
			t.Error(err)
		}
	})
}

// FuzzKeaTest reads anything as the test of a class.
func FuzzKeaTest(f *testing.F) {
	for _, s := range []string{
		"option[61].hex == 0x0007 and not member('KNOWN')", "substring(option[15].hex,2,4) == 'iPXE'", "relay6[-1].linkaddr == 2001:db8::1",
		"pkt6.msgtype == 1", "vendor-class[343].data[0] == 'x' or (vendor.enterprise == 9)", "concat('a', 0x62) == option[250].text", "substring(substring(option[1].hex,2,all),0,4) == 1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, test string) {
		x, err := parseTest(test, func(name string) condition.Expr { return condition.Tag{Name: condition.TagName(name)} })
		if err == nil && x == nil {
			t.Fatalf("%q: neither a condition nor an error", test)
		}
		if err == nil {
			_, _ = condition.Text(x) // refused or not: it must come back
		}
	})
}

// FuzzKeaLeases reads anything as leases.
func FuzzKeaLeases(f *testing.F) {
	f.Add([]byte(leaseHeader + ",subnet_id,pref_lifetime,lease_type,iaid,prefix_len\n2001:db8::1,00:03:00:01:02,4000,2000000000,1,3000,0,7,128\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &leaseReader{to: &migrate.LeaseSink{Report: &migrate.Report{}}, name: "leases", last: map[leaseKey]int{}}
		if err := r.read(t.Context(), bytes.NewReader(data)); err != nil {
			return
		}
		for _, l := range r.leases {
			if l.State != 0 && (!l.Prefix.IsValid() || l.Prefix != l.Prefix.Masked() || len(l.Key.DUID) < 3) {
				t.Errorf("a lease of %v by %q", l.Prefix, l.Key.DUID)
			}
		}
	})
}

func TestFilesThatAreWrongAreNamedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no end":               {"{ \"Dhcp6\": {\n", `kea.json:1: "{" does not end: want "}"`},
		"no colon":             {"{\n\"Dhcp6\" {} }", "kea.json:2: \"{\": want a colon behind \"Dhcp6\""},
		"no quotes":            {"{ Dhcp6: {} }", "kea.json:1: Dhcp6: want a name in quotes"},
		"a word":               {"{ \"Dhcp6\": yes }", "kea.json:1: yes: want a value: a string in quotes, a number, true or false"},
		"two values":           {"{} {}", `kea.json:1: "{" behind the end of the configuration`},
		"an unending string":   {"{ \"Dhcp6\n\": 1 }", "kea.json:1: the string does not end on its line"},
		"an unending comment":  {"/* {", "kea.json:1: the comment does not end: want */"},
		"a wrong escape":       {`{ "\q": 1 }`, `kea.json:1: string "\q": invalid character 'q' in string escape code`},
		"nothing for DHCPv6":   {`{ "Dhcp4": {} }`, "kea.json:1: only DHCPv4 (Dhcp4) is configured here: want a file with Dhcp6"},
		"something else":       {`{ "a": 1 }`, "kea.json:1: there is no map Dhcp6 here: want a configuration of kea-dhcp6"},
		"an include of itself": {`<?include "kea.json"?>`, `kea.json:1: include "kea.json": more files than can be: do they include each other?`},
		"an include of none":   {`<?include?>`, `kea.json:1: "include": want <?include "FILE"?>`},
		"a directive":          {`<?x "y"`, "kea.json:1: the directive does not end: want ?>"},
		"too deep":             {string(bytes.Repeat([]byte("["), 99)), "kea.json:1: more than 64 values in each other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("kea.json", []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := migrate.Formats{Format()}.Import([]string{"kea.json"}, "kea")
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}
