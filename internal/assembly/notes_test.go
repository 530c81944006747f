package assembly_test

import (
	"context"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// setter is a handler that sets states.
type setter struct {
	pipeline.Handler
	states pipeline.States
}

func (s *setter) UseStates(states pipeline.States) error {
	s.states = states
	return nil
}

// setters makes a server's states with two handlers that set them.
func setters(t *testing.T, store lease.Store) (one, two pipeline.States, all *assembly.States, r *host.Registry) {
	t.Helper()
	r = registry(t)
	a, b := &setter{}, &setter{}
	parts := &assembly.Assembly{Hosts: r, Steps: []*server.Step{{Name: "a", Handler: a}, {Name: "b", Handler: b}}}
	all, err := parts.LoadStates(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return a.states, b.states, all, r
}

func notes(s pipeline.States) map[string]string {
	out := map[string]string{}
	s.Notes(func(name, text string) { out[name] = text })
	return out
}

func TestNotesSurviveAndAreTheHandlersOwn(t *testing.T) {
	store := memory.New()
	one, two, _, r := setters(t, store)
	for _, n := range []struct {
		of         pipeline.States
		host, text string
	}{{one, "web01", "a"}, {one, "web02", "b"}, {one, "web02", ""}, {two, "web01", "c"}} {
		if ok, err := n.of.Note(t.Context(), r.ByName(n.host), n.text); !ok || err != nil {
			t.Fatalf("note %q: %v, %v", n.text, ok, err)
		}
	}
	one, two, _, _ = setters(t, store)
	got := []map[string]string{notes(one), notes(two)}
	if diff := cmp.Diff([]map[string]string{{"web01": "a"}, {"web01": "c"}}, got); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}

func TestANoteGoesWhenTheStateIsSet(t *testing.T) {
	for name, set := range map[string]func(context.Context, *assembly.States) error{
		"set":   func(ctx context.Context, s *assembly.States) error { return s.Set(ctx, "web01", host.Deploy) },
		"reset": func(ctx context.Context, s *assembly.States) error { return s.Reset(ctx, "web01") },
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			one, two, all, r := setters(t, store)
			var told []string
			two.Follow(func(name string, _ host.State) { told = append(told, name) })
			if ok, err := one.Note(t.Context(), r.ByName("web01"), "a"); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if err := set(t.Context(), all); err != nil {
				t.Fatal(err)
			}
			if left := notes(one); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			if diff := cmp.Diff([]string{"web01"}, told); diff != "" {
				t.Errorf("told (-want +got)\n%s", diff)
			}
			one, _, _, _ = setters(t, store)
			if left := notes(one); len(left) > 0 {
				t.Errorf("%v is left after a restart", left)
			}
		})
	}
}

func TestOnlyTheHostAsItIsChanges(t *testing.T) {
	store := memory.New()
	one, _, all, r := setters(t, store)
	before := r.ByName("web01")
	if err := all.Set(t.Context(), "web01", host.Deploy); err != nil {
		t.Fatal(err)
	}
	if ok, err := one.Change(t.Context(), before, host.Installed); ok || err != nil {
		t.Errorf("changed what somebody set meanwhile: %v, %v", ok, err)
	}
	if ok, err := one.Note(t.Context(), before, "a"); ok || err != nil {
		t.Errorf("noted on what somebody set meanwhile: %v, %v", ok, err)
	}
	if ok, err := one.Change(t.Context(), r.ByName("web01"), host.Installed); !ok || err != nil {
		t.Errorf("change: %v, %v", ok, err)
	}
	if _, _, _, r = setters(t, store); r.ByName("web01").State != host.Installed {
		t.Errorf("after a restart web01 is %s, want installed", r.ByName("web01").State)
	}
}

func TestAStateThatCannotBeWrittenStays(t *testing.T) {
	one, _, _, r := setters(t, full{memory.New()})
	if ok, err := one.Change(t.Context(), r.ByName("web01"), host.Installed); ok || err == nil {
		t.Errorf("change: %v, %v", ok, err)
	}
	if ok, err := one.Note(t.Context(), r.ByName("web01"), "a"); ok || err == nil || !maps.Equal(notes(one), map[string]string{}) {
		t.Errorf("note: %v, %v; notes %v", ok, err, notes(one))
	}
	if got := r.ByName("web01").State; got != host.Deploy {
		t.Errorf("web01 is %s, want deploy", got)
	}
}
