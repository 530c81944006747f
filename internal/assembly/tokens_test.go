package assembly_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/token"
	"github.com/stage6/stage6/lease"
)

// tokens is a server's states and tokens at a time that stands still.
type tokens struct {
	*assembly.States
	*token.Ledger
	hosts *host.Registry
	now   time.Time
}

var boot = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// start makes the states and tokens over a store, as a server does that starts.
func start(t *testing.T, store lease.Store) *tokens {
	t.Helper()
	k := &tokens{now: boot}
	table := bindings.New(time.Now, bindings.Options{})
	a, err := assembly.Plugins(nil).Make(assembly.Surroundings{
		File:  config.File{Server6: config.Server6{TokenLifetime: time.Hour}},
		Table: table, Pools: table.NewPoolSet(), Log: logrus.New(),
		Clock: func() time.Time { return k.now }, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	hosts := []host.Host{{Name: "web01", State: host.Deploy}, {Name: "web02"}}
	if err := a.Hosts.Replace("hosts.yml", hosts); err != nil {
		t.Fatal(err)
	}
	k.hosts, k.Ledger = a.Hosts, a.Tokens
	if k.States, err = a.LoadStates(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return k
}

const written = ident.DUID("\x00\x04of-the-installed")

func TestATokenSaysOnceThatItsHostIsInstalled(t *testing.T) {
	store := memory.New()
	k := start(t, store)
	text := k.Token("web01", boot)
	if f, err := k.CheckToken(text); err != nil || f.Host != "web01" {
		t.Fatalf("CheckToken: %+v, %v", f, err)
	}
	if f, already, err := k.UseToken(t.Context(), text, written); err != nil || already || f.Host != "web01" {
		t.Fatalf("UseToken: %+v, %t, %v", f, already, err)
	}
	for _, when := range []string{"at once", "after a restart"} {
		known, _ := k.hosts.Lookup("web01")
		if known.Host.State != host.Installed || known.Pinned != written {
			t.Errorf("%s: the host is %s, with %s", when, known.Host.State, known.Pinned)
		}
		if _, err := k.CheckToken(text); err == nil || err.Error() != "the token was used at 2026-02-01T12:00:00Z" {
			t.Errorf("%s: CheckToken: %v", when, err)
		}
		for _, duid := range []ident.DUID{written, ""} {
			if _, already, err := k.UseToken(t.Context(), text, duid); err != nil || !already {
				t.Errorf("%s: the same said again: %t, %v", when, already, err)
			}
		}
		if _, _, err := k.UseToken(t.Context(), text, "\x00\x04of-somebody-else"); err == nil {
			t.Errorf("%s: the token pins another DUID", when)
		}
		k = start(t, store)
	}
}

func TestWhatATokenSaidIsOverWhenTheStateChanges(t *testing.T) {
	for _, state := range []host.State{host.New, host.Deploy, host.Locked} {
		k := start(t, memory.New())
		text := k.Token("web01", boot)
		if _, _, err := k.UseToken(t.Context(), text, ""); err != nil {
			t.Fatal(err)
		}
		if err := k.Set(t.Context(), "web01", state); err != nil {
			t.Fatal(err)
		}
		_, _, err := k.UseToken(t.Context(), text, "")
		if got := k.hosts.ByName("web01").State; err == nil || got != state {
			t.Errorf("%s: got %v, and the host is %s", state, err, got)
		}
	}
}

func TestDeployRetiresTokens(t *testing.T) {
	for name, change := range map[string]func(k *tokens) error{
		"set": func(k *tokens) error { return k.Set(context.Background(), "web01", host.Deploy) },
		"reset to what the source says": func(k *tokens) error {
			return errors.Join(k.Set(context.Background(), "web01", host.New), k.Reset(context.Background(), "web01"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			k := start(t, store)
			text := k.Token("web01", boot)
			if err := change(k); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, _, err := k.UseToken(t.Context(), text, ""); err == nil || !strings.Contains(err.Error(), "before web01 was set to deploy") {
					t.Errorf("got %v", err)
				}
				if _, err := k.CheckToken(k.Token("web01", boot)); err != nil {
					t.Errorf("the new token: %v", err)
				}
				k = start(t, store)
			}
		})
	}
}

func TestStatesInWhichTokensCount(t *testing.T) {
	for _, tc := range []struct {
		state         host.State
		verified, use string
	}{
		{host.New, "", ""},
		{host.Installed, "the token is that of web02, which is installed: it counts for hosts that are new or deploy", ""},
		{host.Locked, "the token is that of web02, which is locked: it counts for hosts that are new or deploy", "the token is that of web02, which is locked: it counts for hosts that are new or deploy"},
	} {
		k := start(t, memory.New())
		text := k.Token("web02", boot)
		if err := k.Set(t.Context(), "web02", tc.state); err != nil {
			t.Fatal(err)
		}
		if _, err := k.CheckToken(text); message(err) != tc.verified {
			t.Errorf("%s: CheckToken: %v, want %s", tc.state, err, tc.verified)
		}
		if _, _, err := k.UseToken(t.Context(), text, ""); message(err) != tc.use {
			t.Errorf("%s: UseToken: %v, want %s", tc.state, err, tc.use)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestATokenOutlivesWhatWasRefused(t *testing.T) {
	store := memory.New()
	k := start(t, store)
	if err := k.Pin(t.Context(), "web02", written); err != nil {
		t.Fatal(err)
	}
	text := k.Token("web01", boot)
	var pinned *host.PinError
	if _, _, err := k.UseToken(t.Context(), text, written); !errors.As(err, &pinned) {
		t.Errorf("the DUID of another host: %v", err)
	}
	k = start(t, full{store})
	if _, _, err := k.UseToken(t.Context(), text, ""); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	if _, err := k.CheckToken(text); err != nil || k.hosts.ByName("web01").State != host.Deploy {
		t.Errorf("the token does not count any more: %v", err)
	}
	k.now = boot.Add(2 * time.Hour)
	if _, _, err := k.UseToken(t.Context(), text, ""); message(err) != "the token expired at 2026-02-01T13:02:00Z" {
		t.Errorf("two hours later: %v", err)
	}
}
