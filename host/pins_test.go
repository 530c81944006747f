package host_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

const systemDUID = ident.DUID("\x00\x02\x00\x00\xab\x11\x01")

func pin(t *testing.T, r *host.Registry, name string, duid ident.DUID) {
	t.Helper()
	if err := r.Pin(name, duid); err != nil {
		t.Fatal(err)
	}
}

// wantPinned wants a DUID to be pinned to a host, or, without a name, to none.
func wantPinned(t *testing.T, r *host.Registry, duid ident.DUID, want string) {
	t.Helper()
	m, ok := r.ByPin([]byte(duid))
	if got := nameOf(m); got != want || ok != (want != "") {
		t.Errorf("%s: got host %q (%v), want %q", duid, got, ok, want)
	}
}

func nameOf(m host.Match) string {
	if m.Host == nil {
		return ""
	}
	return m.Host.Name
}

func twoHosts(t *testing.T) *host.Registry {
	t.Helper()
	r := host.NewRegistry()
	web02 := web("web02", "hosts.yml:9", host.Interface{Clients: []host.Client{{DUID: "listed"}}})
	web02.UUIDs = []ident.UUID{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}
	replace(t, r, append(inState(host.Installed), web02))
	return r
}

func TestAPinnedDUIDIsTheHostsUntilItIsUnpinned(t *testing.T) {
	r := host.NewRegistry()
	pin(t, r, "web01", systemDUID) // before the host is known
	wantPinned(t, r, systemDUID, "")
	replace(t, r, inState(host.New))
	wantPinned(t, r, systemDUID, "web01")
	replace(t, r, inState(host.Installed))
	wantPinned(t, r, systemDUID, "web01")
	if m, _ := r.ByPin([]byte(systemDUID)); m.Interface == nil || m.Host.State != host.Installed {
		t.Errorf("got %+v, want the host as it is now, with its interface", m)
	}
	if k, _ := r.Lookup("web01"); k.Pinned != systemDUID {
		t.Errorf("Lookup: got %q", k.Pinned)
	}
	r.Unpin("web01")
	r.Unpin("web01")
	wantPinned(t, r, systemDUID, "")
}

func TestAHostHasOnePinnedDUID(t *testing.T) {
	r := twoHosts(t)
	pin(t, r, "web01", systemDUID)
	pin(t, r, "web01", systemDUID)
	pin(t, r, "web01", "another")
	wantPinned(t, r, systemDUID, "")
	wantPinned(t, r, "another", "web01")
	pin(t, r, "web02", systemDUID)
	wantPinned(t, r, systemDUID, "web02")
}

func TestAHostThatIsToBeInstalledHasNoPinnedDUID(t *testing.T) {
	r := twoHosts(t)
	for _, c := range []struct {
		state host.State
		want  string
	}{{host.Installed, "web01"}, {host.Locked, "web01"}, {host.Deploy, ""}} {
		pin(t, r, "web01", systemDUID)
		r.SetState("web01", c.state)
		wantPinned(t, r, systemDUID, c.want)
	}
}

func TestADUIDIsPinnedToOneHostOnly(t *testing.T) {
	uuid := ident.UUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	for name, c := range map[string]struct {
		duid ident.DUID
		want string
	}{
		"pinned to another": {systemDUID, `host "web01": DUID 00:02:00:00:ab:11:01 is already that of host "web02", to which it was pinned`},
		"listed by another": {"listed", `host "web01": DUID 6c:69:73:74:65:64 is already that of host "web02" at hosts.yml:9`},
		"the UUID of another": {uuid.Swapped().DUID(),
			`host "web01": DUID ` + uuid.Swapped().DUID().String() + ` is already that of host "web02" at hosts.yml:9`},
		"too short": {"ab", `DUID 61:62: 2 octets, want at least 3 (a type of 2 and an identifier)`},
	} {
		t.Run(name, func(t *testing.T) {
			r := twoHosts(t)
			pin(t, r, "web02", systemDUID)
			pin(t, r, "web01", "before")
			checked, pinned := r.CheckPin("web01", c.duid), r.Pin("web01", c.duid)
			if fmt.Sprint(checked) != c.want || fmt.Sprint(pinned) != c.want {
				t.Errorf("got  %v\nand  %v\nwant %s", checked, pinned, c.want)
			}
			wantPinned(t, r, "before", "web01")
			wantPinned(t, r, systemDUID, "web02")
		})
	}
}

func TestAPinErrorNamesTheOwner(t *testing.T) {
	r := twoHosts(t)
	pin(t, r, "web02", systemDUID)
	var e *host.PinError
	if !errors.As(r.Pin("web01", systemDUID), &e) || e.Owner != "web02" {
		t.Errorf("got %v", e)
	}
}

func TestADUIDThatAFileListsByNowIsNotPinned(t *testing.T) {
	r := twoHosts(t)
	pin(t, r, "web02", "abc-later")
	later := inState(host.New)
	later[0].Interfaces[0].Clients = []host.Client{{DUID: "abc-later"}}
	replace(t, r, append(later, web("web02", "hosts.yml:9", host.Interface{})))
	wantPinned(t, r, "abc-later", "")
	if m, ok := r.ByDUID([]byte("abc-later")); !ok || m.Host.Name != "web01" {
		t.Errorf("ByDUID: got %+v, %v", m, ok)
	}
}

func TestByPinAllocatesNothing(t *testing.T) {
	r := twoHosts(t)
	pin(t, r, "web01", systemDUID)
	duid, none := []byte(systemDUID), []byte("none of all")
	if n := testing.AllocsPerRun(100, func() { r.ByPin(duid); r.ByPin(none) }); n != 0 {
		t.Errorf("look-ups allocate %v times", n)
	}
}

func TestManyDUIDsArePinnedWhileTheyAreLookedUp(t *testing.T) {
	r := twoHosts(t)
	pin(t, r, "web01", systemDUID)
	duid := func(i int) ident.DUID { return ident.DUID(fmt.Sprintf("duid %d", i)) }
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 5000 {
			if err := r.Pin(fmt.Sprintf("host%d", i), duid(i)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for range 5000 {
			wantPinned(t, r, systemDUID, "web01")
		}
	})
	wg.Wait()
	for i := range 5000 {
		if err := r.CheckPin("web02", duid(i)); err == nil {
			t.Fatalf("DUID %d is nobody's", i)
		}
	}
}
