package coredhcp_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/plugins"
	"github.com/coredhcp/coredhcp/plugins/dns"
	"github.com/coredhcp/coredhcp/plugins/example"
	"github.com/coredhcp/coredhcp/plugins/file"
	"github.com/coredhcp/coredhcp/plugins/nbp"
	"github.com/coredhcp/coredhcp/plugins/prefix"
	"github.com/coredhcp/coredhcp/plugins/searchdomains"
	serverid "github.com/coredhcp/coredhcp/plugins/serverid"
	"github.com/coredhcp/coredhcp/plugins/sleep"
	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/coredhcp"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/plugins/identify"
)

// use is one plugin in a list, with its arguments.
type use struct {
	plugin *plugins.Plugin
	args   string
	own    bool // keeps what it gave in variables of each use's own
}

// uses is the list of the comparison: all plugins that CoreDHCP has for DHCPv6.
func uses(leases string) []use {
	return []use{
		{&serverid.Plugin, "LL 00:de:ad:be:ef:00", false},
		{&file.Plugin, leases, false},
		{&dns.Plugin, "2001:db8:10::53 2001:db8:10::54", false},
		{&searchdomains.Plugin, "example.net example.org", false},
		{&prefix.Plugin, "2001:db8:f000::/40 56", true},
		{&sleep.Plugin, "1ms", false},
		{&example.Plugin, "", false},
		{&nbp.Plugin, "http://[2001:db8:10::2]/nbp?params=quiet", false},
	}
}

// both sets the plugins up, for CoreDHCP's loop and for our server. Those that keep
// their settings in variables of their packages are set up once for both.
func both(t *testing.T) (reference, *pipelinetest.Server) {
	t.Helper()
	leases := filepath.Join(t.TempDir(), "leases.txt")
	if err := os.WriteFile(leases, []byte("52:54:00:aa:bb:01 2001:db8:10::101\n52:54:00:aa:bb:02 2001:db8:10::102\n52:54:00:aa:bb:03 2001:db8:10::103\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var theirs reference
	ours := []pipeline.Plugin{identify.Plugin}
	config := "leases: memory\nserver6:\n  plugins:\n    - identify: relay eui64 duid\n"
	for _, u := range uses(leases) {
		h, err := u.plugin.Setup6(strings.Fields(u.args)...)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, h)
		p := *u.plugin
		if !u.own {
			p.Setup6 = func(...string) (handler.Handler6, error) { return h, nil }
		}
		ours = append(ours, coredhcp.Adapt(&p))
		config += "    - " + p.Name + ": " + u.args + "\n"
	}
	prov0 := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	return theirs, pipelinetest.New(t, t.TempDir(), config, []pipelinetest.Interface{prov0}, ours)
}

// TestRepliesAreThoseOfCoreDHCP gives both the same messages, one after the other,
// and compares replies octet by octet. The differences are those of fixes, each of
// which some message needs.
func TestRepliesAreThoseOfCoreDHCP(t *testing.T) {
	theirs, ours := both(t)
	messages, err := txtar.ParseFile("testdata/compare.txt")
	if err != nil {
		t.Fatal(err)
	}
	needed, had := map[string]bool{}, map[string][]netip.Prefix{}
	for _, m := range messages.Files {
		t.Run(m.Name, func(t *testing.T) {
			datagram, err := dhcptext.Parse(string(m.Data))
			if err != nil {
				t.Fatal(err)
			}
			got := ours.Serve(sent(datagram))
			want := expected(t, &comparison{theirs: theirs, had: had}, datagram, needed)
			if diff := cmp.Diff(text(want), text(got.Data)); diff != "" || !slices.Equal(want, got.Data) {
				t.Errorf("dropped for %q; CoreDHCP's reply, put right, and ours (-want +got)\n%s\n%x\n%x", got.Drop, diff, want, got.Data)
			}
		})
	}
	for _, f := range fixes() {
		if !needed[f.name] {
			t.Errorf("no message needs the fix %q", f.name)
		}
	}
}

// expected gives CoreDHCP's reply, put right, and notes which fixes that needs.
func expected(t *testing.T, c *comparison, datagram []byte, needed map[string]bool) []byte {
	t.Helper()
	d, err := dhcpv6.FromBytes(datagram)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := d.GetInnerMessage()
	if err != nil {
		t.Fatal(err)
	}
	c.msg, c.reply = msg, c.theirs.serve(datagram)
	for _, f := range fixes() {
		before := octets(c.reply)
		f.apply(c)
		needed[f.name] = needed[f.name] || !slices.Equal(before, octets(c.reply))
	}
	if c.reply == nil {
		return nil
	}
	out, err := wrapped(datagram, c.reply)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func octets(m *dhcpv6.Message) []byte {
	if m == nil {
		return nil
	}
	return m.ToBytes()
}

// sent has a datagram come from a relay agent or a client.
func sent(datagram []byte) pipelinetest.Datagram {
	from, to := "[fe80::1%prov0]:546", "ff02::1:2"
	if dhcpv6.MessageType(datagram[0]) == dhcpv6.MessageTypeRelayForward {
		from, to = "[2001:db8:ffff::1]:547", "2001:db8:10::2"
	}
	return pipelinetest.Datagram{From: netip.MustParseAddrPort(from), To: netip.MustParseAddr(to), Data: datagram}
}

// text gives a message for people.
func text(message []byte) string {
	if len(message) == 0 {
		return "no reply"
	}
	return dhcptext.Format(message)
}
