package integ

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// reinstall lets the machine forget what its client knows, and gives it a DUID,
// as an installer does that writes one into the system. An earlier client has
// ended.
func (c *dhclient) reinstall(duid string) {
	c.t.Helper()
	c.removeAddresses()
	id, err := ident.ParseDUID(duid)
	check(c.t, err)
	var octal strings.Builder
	for _, b := range []byte(id) {
		fmt.Fprintf(&octal, `\%03o`, b)
	}
	c.write("dhclient.leases", fmt.Sprintf("default-duid \"%s\";\n", octal.String()))
}

// TestTheOtherMachinesOfACloudKeepWhatTheyHave over the end of the server.
func TestTheOtherMachinesOfACloudKeepWhatTheyHave(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	s := startExample(t, ns, "mac-reservation", "config.yml")
	c := newDhclient(m, dhclientBoth)
	first := c.start()
	c.crash()
	s.restart(killed)
	if again := c.start(); !reflect.DeepEqual(again, first) {
		t.Errorf("after the server's end the client has %v, before it had %v", again, first)
	}
	times := timers{1000 * time.Second, 2000 * time.Second}
	if first.NA != times || first.PD != times {
		t.Errorf("T1 and T2 are %v and %v, want %v", first.NA, first.PD, times)
	}
	wantGranted(t, first.Addresses, "2001:db8::/112", 128, 3000*time.Second, 4000*time.Second)
	wantGranted(t, first.Prefixes, "2001:db8:fff::/48", 60, 3000*time.Second, 4000*time.Second)
}

// wantGranted wants one address or prefix, of a length, within another.
func wantGranted(t *testing.T, got []granted, within string, length int, preferred, valid time.Duration) {
	t.Helper()
	if len(got) != 1 || !netip.MustParsePrefix(within).Contains(got[0].Prefix.Addr()) || got[0].Prefix.Bits() != length ||
		got[0].Preferred != preferred || got[0].Valid != valid {
		t.Errorf("granted %v, want a /%d of %s for %v and %v", got, length, within, preferred, valid)
	}
}

// TestAContainerHostKeepsItsPrefixWhenItIsInstalledAgain uses the first /80 of it
// for the link behind the machine, as the example says.
func TestAContainerHostKeepsItsPrefixWhenItIsInstalledAgain(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	setMAC(t, m, "52:54:00:aa:bb:01")
	startExample(t, ns, "containers-with-prefix", "config.yml")
	for _, duid := range []string{"00:01:00:01:2c:00:00:01:52:54:00:aa:bb:01", "00:01:00:01:2c:00:00:02:52:54:00:aa:bb:01"} {
		c := newDhclient(m, dhclientBoth)
		c.reinstall(duid)
		got := c.start()
		wantAddress(t, got, "2001:db8:10::101")
		if len(got.Prefixes) != 1 || got.Prefixes[0].Prefix != netip.MustParsePrefix("2001:db8:f001:1::/64") {
			t.Fatalf("prefixes %v, want the host's", got.Prefixes)
		}
		bridge := netip.PrefixFrom(got.Prefixes[0].Prefix.Addr().Next(), 80)
		check(t, m.AddAddress(lan, bridge))
		c.crash()
		check(t, m.RemoveAddress(lan, bridge))
	}
}

// TestAClientAtHomeHasTheAddressOfItsDUIDAndIAID has two that share a DUID:
// dhclient makes the IAID of the last octets of the MAC.
func TestAClientAtHomeHasTheAddressOfItsDUIDAndIAID(t *testing.T) {
	t.Parallel()
	const duid = "00:01:00:01:12:aa:23:cb:10:ac:19:83:82:a8"
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	startExample(t, ns, "home-static", "config.yml")
	c := newDhclient(m, dhclientAddress)

	setMAC(t, m, "52:54:0d:2e:78:10") // the IAID 221149200
	c.reinstall(duid)
	box := c.start()
	wantAddress(t, box, "2001:db8:12:1234::bead:10")
	wantGranted(t, box.Addresses, "2001:db8:12:1234::/64", 128, 2000*time.Second, 3000*time.Second)
	c.crash()

	setMAC(t, m, "52:54:00:00:00:02")
	c.reinstall(duid)
	wantGranted(t, c.start().Addresses, "2001:db8:12:1234::bead:0/112", 128, 30*time.Minute, 2*time.Hour)
	c.crash()

	c.reinstall("00:01:00:01:11:f9:4b:5a:08:00:27:c5:40:c7")
	wantAddress(t, c.start(), "2001:db8:12:1234::500")
}

// TestTheDUIDThatWasWrittenIntoTheSystemHasTheAddress while the machine's other
// one is lent another.
func TestTheDUIDThatWasWrittenIntoTheSystemHasTheAddress(t *testing.T) {
	t.Parallel()
	m, ns := newMachine(t, "client"), exampleHost(t)
	plug(t, m, ns, "prov0")
	setMAC(t, m, "52:54:00:aa:bb:02")
	startExample(t, ns, "duid-set-by-provisioning", "config.yml")
	c := newDhclient(m, dhclientAddress)
	wantGranted(t, c.start().Addresses, "2001:db8:10::d:0/112", 128, time.Hour, time.Hour)
	c.crash()
	c.reinstall("00:00:00:00:00:00:00:00:00:01")
	wantAddress(t, c.start(), "2001:db8:10::102")
	check(t, m.WaitAddresses(labtest.Context(t), wan, hasAddress("2001:db8:10::102")))
}
