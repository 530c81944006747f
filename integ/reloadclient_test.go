package integ

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

const movingPool = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%srv0]']
  plugins:
    - server_id: auto
    - lifetimes: {preferred: 60s, valid: 90s, t1: 3s, t2: 40s}
    - pool: '2001:db8:10::a:0/112'
`

// TestAClientRenewsIntoTheNextPool when the one that it has an address of was taken
// away by a reload: one Reply ends the old address and has the new one.
func TestAClientRenewsIntoTheNextPool(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	plug(t, m, ns, "srv0")
	check(t, ns.AddAddress("srv0", netip.MustParsePrefix("2001:db8:10::2/64")))
	w := newWire(t, m.Namespace, wan)
	s := startServer(t, ns, movingPool)
	c := newDhclient(m, dhclientAddress)
	first := c.start()
	was := netip.MustParsePrefix("2001:db8:10::a:0/112")
	wantGranted(t, first.Addresses, was.String(), 128, time.Minute, 90*time.Second)

	text, err := os.ReadFile(s.config())
	check(t, err)
	check(t, os.WriteFile(s.config(), []byte(strings.Replace(string(text), "::a:0/", "::b:0/", 1)), 0o644))
	mark := w.mark()
	if out, code := s.reload(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	is := netip.MustParsePrefix("2001:db8:10::b:0/112")
	w.await(labtest.Context(t), mark, func(x exchanged) bool {
		return x.question.MessageType == dhcpv6.MessageTypeRenew && moves(x.answer, was, is)
	})
	check(t, m.WaitAddresses(m.context(), wan, func(has []netlab.Address) bool {
		return slices.ContainsFunc(has, func(a netlab.Address) bool { return is.Contains(a.Prefix.Addr()) })
	}))
}

// moves says whether an answer ends what is in one prefix, and has what is in another
// one.
func moves(answer *dhcpv6.Message, was, is netip.Prefix) bool {
	ended, has := false, false
	for _, a := range answer.Options.OneIANA().Options.Addresses() {
		address, _ := netip.AddrFromSlice(a.IPv6Addr)
		ended = ended || was.Contains(address) && a.ValidLifetime == 0 && a.PreferredLifetime == 0
		has = has || is.Contains(address) && a.ValidLifetime == 90*time.Second
	}
	return ended && has
}

// TestAServerReadsWhatWasWritten by itself where the configuration says reload:
// on-change: as editors do it, which write beside it and rename, and in two steps,
// of which the first one leaves half of it.
func TestAServerReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	ns := labtest.Namespace(t, "server")
	s := startServer(t, ns, "reload: on-change\n"+movingPool)
	text, err := os.ReadFile(s.config())
	check(t, err)
	await := func(from int, want string) {
		t.Helper()
		check(t, s.process.WaitOutput(labtest.Context(t), from, want))
	}
	rename := func(text string) {
		check(t, os.WriteFile(s.config()+"~", []byte(text), 0o644))
		check(t, os.Rename(s.config()+"~", s.config()))
	}
	loaded := s.number("stage6_configuration_timestamp_seconds")
	from := s.process.Output.Len()
	rename(strings.Replace(string(text), "::a:0/", "::b:0/", 1))
	await(from, "configuration read again")
	if is := s.number("stage6_configuration_timestamp_seconds"); is <= loaded {
		t.Errorf("the configuration is of %v, as it was before", is)
	}
	from = s.process.Output.Len()
	check(t, os.WriteFile(s.config(), text[:len(text)-len(" '2001:db8:10::a:0/112'\n")], 0o644))
	await(from, "the configuration cannot be used, the one before stays")
	from = s.process.Output.Len()
	check(t, os.WriteFile(s.config(), text, 0o644))
	await(from, "configuration read again")
	from = s.process.Output.Len()
	rename(strings.Replace(string(text), "on-change", "manual", 1))
	await(from, "configuration read again")
	if got := s.metric(`stage6_reloads_total{outcome="refused"}`); got != "1" {
		t.Errorf("%s reloads were refused, want 1", got)
	}
	if got := s.metric(`stage6_reloads_total{outcome="taken"}`); got != "3" {
		t.Errorf("%s reloads were taken, want 3", got)
	}
}
