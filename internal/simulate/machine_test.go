package simulate

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

func TestAMachineHasItsUUIDInBothByteOrders(t *testing.T) {
	u, err := ParseUUID("4c4c4544-0042-4810-8051-b4c04f333331")
	if err != nil {
		t.Fatal(err)
	}
	if u != virtualUUID || u.String() != "4c4c4544-0042-4810-8051-b4c04f333331" {
		t.Errorf("read %v", u)
	}
	m := NewMachine(virtualMAC, u, 1)
	x := newXIDs(m)
	for profile, want := range map[string]string{
		"uefi-pxe": "00:04:44:45:4c:4c:42:00:10:48:80:51:b4:c0:4f:33:33:31",
		"ipxe":     "00:04:4c:4c:45:44:00:42:48:10:80:51:b4:c0:4f:33:33:31",
	} {
		if got := newClient(mustPlan(t, profile)[0][0], m, x).DUID().String(); got != want {
			t.Errorf("%s has %s, want %s", profile, got, want)
		}
	}
}

func TestAUUIDIsThirtyTwoDigits(t *testing.T) {
	for _, text := range []string{"", "4c4c4544", "4c4c4544-0042-4810-8051-b4c04f33333x", "4c4c4544-0042-4810-8051-b4c04f33333100"} {
		if _, err := ParseUUID(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// identities gives the DUIDs of some boots of a machine.
func identities(t *testing.T, m *Machine, plans ...string) (out []ident.DUID) {
	for _, plan := range plans {
		seen := &duids{}
		b := Boot{Plan: mustPlan(t, plan), Carrier: carrierOver(t, newFakeSocket(lend(testAddress, everyBoot("tftp://[::1]/x"))), nil), Watch: seen}
		if err := b.Run(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		out = append(out, seen.list...)
	}
	return out
}

// duids is a Watcher that collects them.
type duids struct{ list []ident.DUID }

func (d *duids) Started(c *Client)   { d.list = append(d.list, c.DUID()) }
func (d *duids) Exchanged(*Exchange) {}

func TestAnInstalledSystemKeepsItsDUIDUntilItIsInstalledAgain(t *testing.T) {
	got := identities(t, NewMachine(testMAC, UUID{}, 1), "anaconda,networkd", "networkd", "anaconda,networkd")
	first, installed, rebooted, second, again := got[0], got[1], got[2], got[3], got[4]
	if rebooted != installed {
		t.Errorf("after a reboot %v, want %v", rebooted, installed)
	}
	if again == installed {
		t.Error("after another installation it is the same")
	}
	if first == second {
		t.Error("two starts of an installer have one DUID")
	}
}

func TestTheDUIDOfASystemIsKnownBeforeItStarts(t *testing.T) {
	m := NewMachine(testMAC, UUID{}, 1)
	system, err := lookup(Profiles(), "networkd")
	if err != nil {
		t.Fatal(err)
	}
	installed := func() ident.DUID {
		identities(t, m, "live")
		return m.DUID(system)
	}
	first := installed()
	if got := identities(t, m, "networkd"); got[0] != first {
		t.Errorf("the system has %v, want %v", got[0], first)
	}
	if second := installed(); second == first {
		t.Errorf("installed again, it would have %v, as before", second)
	}
}

func TestTheSameNumberGivesTheSameMachine(t *testing.T) {
	boot := func(random uint64) []ident.DUID {
		return identities(t, NewMachine(testMAC, UUID{}, random), "anaconda,networkd,dhclient")
	}
	if diff := cmp.Diff(boot(7), boot(7)); diff != "" {
		t.Errorf("two machines differ (-first +second):\n%s", diff)
	}
	if cmp.Equal(boot(7), boot(8)) {
		t.Error("two numbers give one machine")
	}
}

func TestTransactionsOfFirmwareAreCounted(t *testing.T) {
	m := NewMachine(testMAC, UUID{}, 1)
	x := &xids{m, 0x00feff}
	if got := x.next(xidCounted); got != [3]byte{0x00, 0xff, 0x00} {
		t.Errorf("after fffe00 comes %v", got)
	}
	if x.next(xidFixed) != newXIDs(m).next(xidFixed) {
		t.Error("iPXE has two transaction IDs")
	}
	if one, other := x.next(xidRandom), x.next(xidRandom); one == other {
		t.Error("a system has the same one twice")
	}
}

func TestMACsFollowEachOther(t *testing.T) {
	got, err := NthMAC(ident.MAC{0x52, 0x54, 0, 0, 0xff, 0xff}, 1)
	if want := (ident.MAC{0x52, 0x54, 0, 1, 0, 0}); err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, first := range []ident.MAC{{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x52, 0xff, 0xff, 0xff, 0xff, 0xff}} {
		if _, err := NthMAC(first, 1); err == nil {
			t.Errorf("after %v comes a group address", first)
		}
	}
}

func TestAPlanNamesPrograms(t *testing.T) {
	plan := mustPlan(t, "uefi-pxe + uefi-ip6, ipxe,networkd,ipxe")
	var got []string
	for _, programs := range plan {
		var names []string
		for _, p := range programs {
			names = append(names, p.Name)
		}
		got = append(got, strings.Join(names, "+"))
	}
	if diff := cmp.Diff([]string{"uefi-pxe+uefi-ip6", "ipxe", "networkd", "ipxe"}, got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if n := len(plan.Programs()); n != 4 {
		t.Errorf("%d programs, want 4", n)
	}
	for _, text := range []string{"", "uefi", "ipxe,", "ipxe++networkd"} {
		if _, err := ParsePlan(text); err == nil || !strings.Contains(err.Error(), "want uefi-pxe, ") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestProgramsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Profiles() {
		if seen[p.Name] || p.Title == "" {
			t.Errorf("%q is there twice, or has no title", p.Name)
		}
		seen[p.Name] = true
	}
	mustPlan(t, DefaultPlan)
}

func TestAProgramSendsTheUserClassThatItIsTold(t *testing.T) {
	for _, p := range Profiles() {
		m := NewMachine(testMAC, UUID{}, 1)
		c := newClient(p, m, newXIDs(m))
		c.UserClass = "rack 7"
		f := slices.Concat(p.solicit, p.inform)
		a, err := parseAnswer(f.message(c, solicit, dhcpv6.TransactionID{}))
		if err != nil {
			t.Fatal(err)
		}
		class, _ := a.get(dhcpv6.OptionUserClass)
		if sends := string(class) == "\x00\x06rack 7"; sends != p.HasUserClass() {
			t.Errorf("%s sends %q, and says of itself that it can: %v", p.Name, class, p.HasUserClass())
		}
	}
}
