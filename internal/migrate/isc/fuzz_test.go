package isc

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/lease"
)

// FuzzISC reads anything as a configuration. What comes of it can be written.
func FuzzISC(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(bytes.ToLower(data), []byte("include")) {
			return // it could name any file of this machine
		}
		c, r := &migrate.Config{}, &migrate.Report{}
		if err := read([]*migrate.Source{migrate.NewSource("dhcpd6.conf", data)}, c, r); err != nil {
			return
		}
		c.Repair(r)
		if _, err := c.WriteYAML("fuzz", true); err != nil {
			t.Error(err)
		}
	})
}

// FuzzISCLeases reads anything as leases.
func FuzzISCLeases(f *testing.F) {
	f.Add([]byte(leasesText))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newLeaseReader("leases", &migrate.LeaseSink{Report: &migrate.Report{}})
		if err := r.read(t.Context(), bytes.NewReader(data)); err != nil {
			return
		}
		for _, l := range r.leases {
			if !l.Prefix.IsValid() || l.Prefix != l.Prefix.Masked() || len(l.Key.DUID) < 3 {
				t.Errorf("a lease of %v by %q", l.Prefix, l.Key.DUID)
			}
		}
	})
}

func TestFilesThatAreWrongAreNamedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no semicolon":         {"\ndefault-lease-time 5", `dhcpd6.conf:2: "default-lease-time": a statement ends with a semicolon`},
		"no semicolon in it":   {"group { default-lease-time 5 }", `dhcpd6.conf:1: "default-lease-time": want a semicolon before the brace`},
		"no end":               {"\ngroup {\n", `dhcpd6.conf:2: the block of "group" does not end: want a closing brace`},
		"a brace too many":     {"}", "dhcpd6.conf:1: a closing brace too many"},
		"a block alone":        {"{}", "dhcpd6.conf:1: a block without a name"},
		"an unending string":   {"a \"b\n", "dhcpd6.conf:1: the string does not end"},
		"an include of itself": {`include "dhcpd6.conf";`, "dhcpd6.conf:1: include: more than 256 files: do they include each other?"},
		"too deep":             {strings.Repeat("group {", 99), `dhcpd6.conf:1: more than 64 blocks in each other`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("dhcpd6.conf", []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := migrate.Formats{Format()}.Import([]string{"dhcpd6.conf"}, "isc")
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestARangeOfPrefixesIsMadeOfPools(t *testing.T) {
	for name, c := range map[string]struct {
		first, last string
		length      int
		want        string
	}{
		"a whole prefix":  {"2001:db8::", "2001:db8:0:ff00::", 56, "[2001:db8::/48]"},
		"one":             {"2001:db8::", "2001:db8::", 56, "[2001:db8::/56]"},
		"three":           {"2001:db8:0:100::", "2001:db8:0:300::", 56, "[2001:db8:0:100::/56 2001:db8:0:200::/55]"},
		"the last of all": {"ffff:ffff:ffff:ff00::", "ffff:ffff:ffff:ff00::", 56, "[ffff:ffff:ffff:ff00::/56]"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cover(netip.MustParseAddr(c.first), netip.MustParseAddr(c.last), c.length)
			if text := fmt.Sprint(got); err != nil || text != c.want {
				t.Errorf("got %s, %v, want %s", text, err, c.want)
			}
		})
	}
}

// leasesText has a binding that is renewed, one that is released, one of a
// prefix, and an address that a client has found in use.
const leasesText = `authoring-byte-order little-endian;
server-duid "\000\001\000\0015\240\337\037RT\000\000\000\001";
ia-na "\001\000\000\000\000\003\000\001RT\000\252\273\001" {
  cltt 4 2026/02/05 08:00:00;
  iaaddr 2001:db8::1 {
    binding state active;
    preferred-life 3000;
    max-life 4000;
    ends 4 2026/02/05 09:06:40;
  }
}
ia-na "\001\000\000\000\000\003\000\001RT\000\252\273\001" {
  cltt epoch 1770278400;
  iaaddr 2001:db8::1 {
    binding state active;
    preferred-life 3000;
    max-life 4000;
    ends epoch 1770282400;
  }
}
ia-na "\002\000\000\000\000\003\000\001RT\000\252\273\002" {
  cltt 4 2026/02/05 08:00:00;
  iaaddr 2001:db8::2 { binding state released; max-life 4000; ends 4 2026/02/05 09:06:40; }
  iaaddr 2001:db8::3 { binding state abandoned; max-life 4000; ends never; }
}
ia-pd "x\000\000\000\000\003\000\001RT\000\252\273\001" {
  iaprefix 2001:db8:100::/56 { binding state active; max-life 4294967295; ends never; }
}
ia-ta "\001\000\000\000\000\003\000\001RT\000\252\273\001" { iaaddr 2001:db8::9 { binding state active; } }
`

func TestLeasesAreReadAsTheyAreInTheEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "dhcpd6.leases")
	if err := os.WriteFile(name, []byte(leasesText), 0o600); err != nil {
		t.Fatal(err)
	}
	got, server := map[string]migrate.Lease{}, ""
	sink := &migrate.LeaseSink{Report: &migrate.Report{}, Lease: func(l migrate.Lease) error {
		got[l.Prefix.String()] = l
		return nil
	}}
	sink.ServerID = func(d ident.DUID, _ migrate.Origin) { server = d.String() }
	if err := readLeases(t.Context(), []string{name}, sink); err != nil {
		t.Fatal(err)
	}
	if server != "00:01:00:01:35:a0:df:1f:52:54:00:00:00:01" {
		t.Errorf("the server's DUID is %s", server)
	}
	renewed := got["2001:db8::1/128"]
	if renewed.Key.String() != "00:03:00:01:52:54:00:aa:bb:01/IA_NA:00000001" || renewed.Until.Unix() != 1770282400 || renewed.State != lease.Active {
		t.Errorf("the renewed lease is %+v", renewed)
	}
	if p := got["2001:db8:100::/56"]; p.Key.IA.ID != 'x' || !p.Until.IsZero() {
		t.Errorf("the prefix is %+v", p)
	}
	if d := got["2001:db8::3/128"]; d.State != lease.Declined {
		t.Errorf("the address that is in use is %+v", d)
	}
	if len(got) != 3 || sink.Report.Count(migrate.LeftOut) != 1 {
		t.Errorf("got %d leases, and %d left out, want 3 and the temporary one", len(got), sink.Report.Count(migrate.LeftOut))
	}
}
