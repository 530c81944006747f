package assembly_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

// made gives a host with everything that a host can have.
func made(name string, last byte) *host.Host {
	iaid := uint32(7)
	return &host.Host{
		Name: name, Source: assembly.OwnSource, Hostname: "www.example.net", Tags: []string{"web"},
		UUIDs:   []ident.UUID{{1, last}},
		Options: []host.Option{{Code: 23, Data: []byte{1, 2}}},
		Interfaces: []host.Interface{{
			Name: "eth0", MACs: []ident.MAC{{2, last}}, Ports: []ident.Port{ident.Port(fmt.Sprintf("interface-id:%d", last))},
			Clients:   []host.Client{{DUID: ident.DUID("abc" + string(rune('a'+last)))}, {DUID: "xyz", IAID: &iaid}},
			Addresses: []host.Address{{Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: last}), 128)}, {Prefix: netip.MustParsePrefix("::100/125"), HostPart: true}},
			Prefixes:  []netip.Prefix{netip.MustParsePrefix("2001:db8:f000::/56")},
		}},
	}
}

// simple gives a host with a MAC and an address.
func simple(name string, last byte) *host.Host {
	return &host.Host{Name: name, Source: assembly.OwnSource, Interfaces: []host.Interface{{
		MACs:      []ident.MAC{{2, last}},
		Addresses: []host.Address{{Prefix: netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: last}), 128)}},
	}}}
}

func mustWrite(t *testing.T, s *assembly.States, w *assembly.Writing) assembly.Kept {
	t.Helper()
	k, err := s.Write(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestHostsThatWereMadeSurvive(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	want := made("api01", 1)
	k := mustWrite(t, s, &assembly.Writing{Host: want, Options: []byte(`{"23":"x"}`)})
	s, r := load(t, store)
	got := r.ByName("api01")
	if got == nil || !got.Equal(want) {
		t.Fatalf("(-want +got)\n%s", cmp.Diff(want, got))
	}
	if kept, ok := s.Kept("api01"); !ok || kept.Version != k.Version || string(kept.Options) != `{"23":"x"}` {
		t.Errorf("got %+v, %t, want %+v", kept, ok, k)
	}
}

func TestVersionsNeverComeTwice(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	seen := map[uint64]string{}
	note := func(what string) {
		k, _ := s.Kept("api01")
		if before, twice := seen[k.Version]; twice {
			t.Errorf("%s has the version of %s", what, before)
		}
		seen[k.Version] = what
	}
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	note("the first")
	if err := s.Set(t.Context(), "api01", host.Deploy); err != nil {
		t.Fatal(err)
	}
	note("one with another state")
	if err := s.Reset(t.Context(), "api01"); err != nil {
		t.Fatal(err)
	}
	note("one with its own state")
	if err := s.Remove(t.Context(), "api01", &assembly.Writing{If: func(assembly.Kept, bool) error { return nil }}); err != nil || r.ByName("api01") != nil {
		t.Fatal(err)
	}
	s, _ = load(t, store)
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	note("another one of the same name, after a restart")
}

func TestOfTwoChangesOfOneVersionExactlyOneWins(t *testing.T) {
	s, _ := load(t, memory.New())
	errStale := errors.New("stale")
	for range 50 {
		k, _ := s.Kept("api01")
		var won, lost int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := s.Write(t.Context(), &assembly.Writing{Host: simple("api01", byte(i)), If: func(was assembly.Kept, _ bool) error {
					if was.Version != k.Version {
						return errStale
					}
					return nil
				}})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case errors.Is(err, errStale):
					lost++
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != 7 {
			t.Fatalf("%d won and %d lost", won, lost)
		}
	}
}

func TestWhatCannotBeKeptChangesNothing(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	s, r := load(t, full{store})
	var reserved []string
	w := &assembly.Writing{Host: simple("api01", 2), State: true, Reserve: func(come, gone *host.Host) {
		if come != nil {
			reserved = append(reserved, "come")
		}
		if gone != nil {
			reserved = append(reserved, "gone")
		}
	}}
	w.Host.State = host.Deploy
	if _, err := s.Write(t.Context(), w); !errors.Is(err, errFull) {
		t.Fatalf("got %v", err)
	}
	w.If = func(assembly.Kept, bool) error { return nil }
	if err := s.Remove(t.Context(), "api01", w); !errors.Is(err, errFull) {
		t.Fatalf("got %v", err)
	}
	k, _ := s.Kept("api01")
	if h := r.ByName("api01"); h == nil || h.State != host.New || h.Interfaces[0].MACs[0] != (ident.MAC{2, 1}) || k.Version != 1 {
		t.Errorf("got %+v, version %d", h, k.Version)
	}
	if diff := cmp.Diff([]string{"come", "gone"}, reserved); diff != "" {
		t.Errorf("reserved (-want +got)\n%s", diff)
	}
}

func TestAWriteThatSaysTheStateSetsIt(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	if err := s.SetInstalled(t.Context(), "api01", "duid of the system"); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	if k, _ := r.Lookup("api01"); k.Host.State != host.Installed || k.Pinned == "" {
		t.Errorf("a write that does not say the state has changed it: %v, pinned %q", k.Host.State, k.Pinned)
	}
	again := simple("api01", 1)
	again.State = host.Deploy
	mustWrite(t, s, &assembly.Writing{Host: again, State: true})
	for _, r := range []*host.Registry{r, reloaded(t, store)} {
		if k, _ := r.Lookup("api01"); k.Host.State != host.Deploy || k.Set || k.Pinned != "" {
			t.Errorf("got %v, set %t, pinned %q", k.Host.State, k.Set, k.Pinned)
		}
	}
}

// reloaded gives the registry that a store makes.
func reloaded(t *testing.T, store lease.Store) *host.Registry {
	_, r := load(t, store)
	return r
}

func TestADeletedHostLeavesNothingBehind(t *testing.T) {
	store := memory.New()
	s, r := load(t, store)
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	if err := s.SetInstalled(t.Context(), "api01", "duid of the system"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "api01", &assembly.Writing{If: func(assembly.Kept, bool) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	for _, r := range []*host.Registry{r, reloaded(t, store)} {
		if k, _ := r.Lookup("api01"); k.Host.State != host.New || k.Pinned != "" {
			t.Errorf("got %v, pinned %q", k.Host.State, k.Pinned)
		}
	}
}

func TestAHostOfAFileKeepsItsStateWhenTheOneOfTheAPIIsDeleted(t *testing.T) {
	store := memory.New()
	s, _ := load(t, store)
	mustWrite(t, s, &assembly.Writing{Host: simple("api01", 1)})
	r := host.NewRegistry()
	if err := r.Replace("hosts.yml", []host.Host{{Name: "api01", Source: "hosts.yml:1"}}); err != nil {
		t.Fatal(err)
	}
	s, err := assembly.LoadStates(t.Context(), r, store)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "api01", host.Locked); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "api01", &assembly.Writing{If: func(assembly.Kept, bool) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	if k, ok := r.Lookup("api01"); !ok || k.Host.State != host.Locked || k.Aside != nil {
		t.Errorf("got %+v, %t", k, ok)
	}
}

// BenchmarkLoadHosts measures how long 100,000 hosts of the API take to load.
func BenchmarkLoadHosts(b *testing.B) {
	store := memory.New()
	s, err := assembly.LoadStates(b.Context(), host.NewRegistry(), store)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 100_000 {
		h := simple(fmt.Sprintf("host%d", i), 0)
		h.Interfaces[0].MACs[0] = ident.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
		h.Interfaces[0].Addresses[0].Prefix = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}), 128)
		if _, err := s.Write(b.Context(), &assembly.Writing{Host: h}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		r := host.NewRegistry()
		if _, err := assembly.LoadStates(b.Context(), r, store); err != nil || r.Len() != 100_000 {
			b.Fatal(err, r.Len())
		}
	}
}
