package assembly_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/memory"
)

const system = ident.DUID("\x00\x02\x00\x00\xab\x11\x01")

// wantPin wants a DUID to be pinned to a host, or, without a name, to none.
func wantPin(t *testing.T, when string, r *host.Registry, duid ident.DUID, want string) {
	t.Helper()
	got := ""
	if m, ok := r.ByPin([]byte(duid)); ok {
		got = m.Host.Name
	}
	if got != want {
		t.Errorf("%s: %s is of %q, want %q", when, duid, got, want)
	}
}

func TestPinnedDUIDsSurvive(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	if err := s.SetInstalled(t.Context(), "web01", system); err != nil {
		t.Fatal(err)
	}
	if err := s.Pin(t.Context(), "web02", "other"); err != nil {
		t.Fatal(err)
	}
	wantPin(t, "pinned", r, system, "web01")
	s, r = load(t, store)
	wantPin(t, "loaded", r, system, "web01")
	wantPin(t, "loaded", r, "other", "web02")
	if got := r.ByName("web01").State; got != host.Installed {
		t.Errorf("loaded: state %s, want installed", got)
	}
	if err := s.SetInstalled(t.Context(), "web01", ""); err != nil {
		t.Fatal(err)
	}
	wantPin(t, "installed without a DUID", r, system, "web01")
	if err := s.Unpin(t.Context(), "web02"); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "web01", host.Deploy); err != nil {
		t.Fatal(err)
	}
	wantPin(t, "to be installed", r, system, "")
	_, r = load(t, store)
	wantPin(t, "loaded after it was to be installed", r, system, "")
	wantPin(t, "loaded after it was unpinned", r, "other", "")
}

func TestADUIDOfAnotherHostChangesNothing(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	if err := s.Pin(t.Context(), "web02", system); err != nil {
		t.Fatal(err)
	}
	var conflict *host.PinError
	if err := s.SetInstalled(t.Context(), "web01", system); !errors.As(err, &conflict) || conflict.Owner != "web02" {
		t.Errorf("SetInstalled: %v", err)
	}
	if err := s.Pin(t.Context(), "web01", system); !errors.As(err, &conflict) {
		t.Errorf("Pin: %v", err)
	}
	for _, r := range []*host.Registry{r, second(load(t, store))} {
		wantPin(t, "after the conflict", r, system, "web02")
		if got := r.ByName("web01").State; got != host.Deploy {
			t.Errorf("state %s, want deploy as before", got)
		}
	}
}

func second(_ *assembly.States, r *host.Registry) *host.Registry { return r }

func TestADUIDThatIsNotDurableIsNotPinned(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	if err := s.Pin(t.Context(), "web02", "other"); err != nil {
		t.Fatal(err)
	}
	s, r := load(t, full{store})
	for what, err := range map[string]error{
		"SetInstalled": s.SetInstalled(t.Context(), "web01", system), "Pin": s.Pin(t.Context(), "web01", system),
		"Unpin": s.Unpin(t.Context(), "web02"), "Set": s.Set(t.Context(), "web02", host.Deploy),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantPin(t, "not durable", r, system, "")
	wantPin(t, "not durable", r, "other", "web02")
}

func TestADUIDThatAFileListsForAnotherHostIsIgnored(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	if err := s.Pin(t.Context(), "web02", system); err != nil {
		t.Fatal(err)
	}
	r := host.NewRegistry()
	lists := host.Host{Name: "web01", Source: "hosts.yml:1", Interfaces: []host.Interface{{Clients: []host.Client{{DUID: system}}}}}
	if err := r.Replace("hosts.yml", []host.Host{lists, {Name: "web02"}}); err != nil {
		t.Fatal(err)
	}
	s, err := assembly.LoadStates(t.Context(), r, store)
	if err != nil || len(s.Ignored) != 1 || !strings.Contains(s.Ignored[0].Error(), `already that of host "web01" at hosts.yml:1`) {
		t.Errorf("got %v, ignored %v", err, s.Ignored)
	}
	_, r = load(t, store)
	wantPin(t, "when the file lists it no more", r, system, "web02")
}

func TestADamagedPinIsTold(t *testing.T) {
	store := memory.New()
	if err := store.Put(t.Context(), "host-duid/web01", []byte("x")); err != nil {
		t.Fatal(err)
	}
	_, err := assembly.LoadStates(t.Context(), registry(t), store)
	if err == nil || !strings.Contains(err.Error(), `damaged value "host-duid/web01": DUID 78: 1 octets`) {
		t.Errorf("got %v", err)
	}
}
