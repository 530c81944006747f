package migrate

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// kept is a store in memory, of which a Takeover needs this much.
type kept struct {
	lease.Store
	bindings map[lease.Key]*lease.Binding
	err      error
}

func (k *kept) Load(_ context.Context, yield func(*lease.Binding) error) error {
	for _, b := range k.bindings {
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

func (k *kept) Commit(_ context.Context, changes []lease.Change) error {
	for _, c := range changes {
		if k.err == nil {
			k.bindings[c.After.Key] = c.After
		}
	}
	return k.err
}

var now = time.Unix(1770280000, 0)

func client(duid string, iaid uint32, t ident.IAType) lease.Key {
	return lease.Key{DUID: ident.DUID("\x00\x03\x00\x01" + duid), IA: ident.IA{Type: t, ID: iaid}}
}

func leased(key lease.Key, prefix string, left, ago time.Duration) Lease {
	return Lease{
		Key: key, Prefix: netip.MustParsePrefix(prefix), State: lease.Active, Valid: left + ago, Until: now.Add(left), Updated: now.Add(-ago),
		Origin: Origin{File: "leases", Line: 1},
	}
}

// given makes a store that has a binding, and a format that has leases.
func given(had []Lease, comes []Lease) (*kept, Formats) {
	store := &kept{bindings: map[lease.Key]*lease.Binding{}}
	for _, l := range had {
		store.bindings[l.Key] = &lease.Binding{Key: l.Key, Updated: l.Updated, Leases: []lease.Lease{{Prefix: l.Prefix, State: l.State, Until: l.Until}}}
	}
	read := func(_ context.Context, _ []string, to *LeaseSink) (err error) {
		for _, l := range comes {
			err = errors.Join(err, to.Lease(l))
		}
		return err
	}
	return store, Formats{{Name: "made-up", Leases: read}}
}

func TestLeasesAreTakenOver(t *testing.T) {
	a, b, pd := client("a", 1, ident.NA), client("b", 1, ident.NA), client("a", 1, ident.PD)
	declined := leased(client("x", 1, ident.NA), "2001:db8::9/128", time.Hour, 0)
	declined.State = lease.Declined
	for name, c := range map[string]struct {
		had, comes                  []Lease
		taken, ended, kept, refused int
		says                        string
	}{
		"those that are live":                {nil, []Lease{leased(a, "2001:db8::1/128", time.Hour, 0), leased(pd, "2001:db8:100::/56", time.Hour, 0), declined}, 3, 0, 0, 0, ""},
		"two addresses of one client":        {nil, []Lease{leased(a, "2001:db8::1/128", time.Hour, 0), leased(a, "2001:db8::2/128", time.Hour, 0)}, 2, 0, 0, 0, ""},
		"not those that are over":            {nil, []Lease{leased(a, "2001:db8::1/128", -time.Hour, 2*time.Hour)}, 0, 1, 0, 0, ""},
		"not what is known from later":       {[]Lease{leased(a, "2001:db8::1/128", 2*time.Hour, 0)}, []Lease{leased(a, "2001:db8::1/128", time.Hour, time.Hour)}, 0, 0, 1, 0, ""},
		"what is known from earlier":         {[]Lease{leased(a, "2001:db8::1/128", time.Hour, time.Hour)}, []Lease{leased(a, "2001:db8::1/128", 2*time.Hour, 0)}, 1, 0, 0, 0, ""},
		"not when the client has moved on":   {[]Lease{leased(a, "2001:db8::2/128", 2*time.Hour, 0)}, []Lease{leased(a, "2001:db8::1/128", time.Hour, time.Hour)}, 0, 0, 1, 0, ""},
		"not what another one has":           {[]Lease{leased(b, "2001:db8::1/128", time.Hour, 0)}, []Lease{leased(a, "2001:db8::1/128", 2*time.Hour, 0)}, 0, 0, 0, 1, "2001:db8::1/128 is held by 00:03:00:01:62/IA_NA:00000001 in the store: nobody else can have 2001:db8::1/128"},
		"what another one had":               {[]Lease{leased(b, "2001:db8::1/128", -time.Hour, 2*time.Hour)}, []Lease{leased(a, "2001:db8::1/128", time.Hour, 0)}, 1, 0, 0, 0, ""},
		"not a prefix around another one's":  {[]Lease{leased(client("b", 1, ident.PD), "2001:db8:100:100::/56", time.Hour, 0)}, []Lease{leased(pd, "2001:db8:100::/48", time.Hour, 0)}, 0, 0, 0, 1, "2001:db8:100:100::/56 is held by 00:03:00:01:62/IA_PD:00000001 in the store: nobody else can have 2001:db8:100::/48"},
		"not a prefix inside of another one": {[]Lease{leased(client("b", 1, ident.PD), "2001:db8:100::/48", time.Hour, 0)}, []Lease{leased(pd, "2001:db8:100:100::/56", time.Hour, 0)}, 0, 0, 0, 1, "2001:db8:100::/48 is held by 00:03:00:01:62/IA_PD:00000001 in the store: nobody else can have 2001:db8:100:100::/56"},
		"not what stands twice":              {nil, []Lease{leased(a, "2001:db8::1/128", time.Hour, 0), leased(b, "2001:db8::1/128", time.Hour, 0)}, 1, 0, 0, 1, "2001:db8::1/128 is held by 00:03:00:01:61/IA_NA:00000001 (leases:1): nobody else can have 2001:db8::1/128"},
	} {
		t.Run(name, func(t *testing.T) {
			store, formats := given(c.had, c.comes)
			got, err := formats.TakeOver(t.Context(), store, []string{"leases"}, "made-up", now)
			if err != nil {
				t.Fatal(err)
			}
			if got.Taken != c.taken || got.Ended != c.ended || got.Kept != c.kept || got.Refused != c.refused {
				t.Errorf("got %+v", got)
			}
			if lines := got.Report.Entries(); c.says != "" && (len(lines) != 1 || lines[0].Reason != c.says) {
				t.Errorf("it says %v, want %s", lines, c.says)
			}
			if err := got.Commit(t.Context(), store, func(int, int) {}); err != nil {
				t.Fatal(err)
			}
			again, err := formats.TakeOver(t.Context(), store, []string{"leases"}, "made-up", now)
			if err != nil || again.Taken != 0 {
				t.Errorf("a second time takes %+v, %v", again, err)
			}
		})
	}
}

func TestAStoreThatFailsIsAnErrorThatSaysHowFar(t *testing.T) {
	store, formats := given(nil, []Lease{leased(client("a", 1, ident.NA), "2001:db8::1/128", time.Hour, 0)})
	got, err := formats.TakeOver(t.Context(), store, []string{"leases"}, "made-up", now)
	if err != nil {
		t.Fatal(err)
	}
	store.err = errors.New("no space left on device")
	err = got.Commit(t.Context(), store, func(int, int) { t.Error("it tells of what is not done") })
	if want := "after 0 of 1 bindings: no space left on device"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFilesThatAreOfNoFormatAreRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(name, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, formats := given(nil, nil)
	_, err := formats.TakeOver(t.Context(), &kept{}, []string{name}, "", now)
	if err == nil || !strings.Contains(err.Error(), "of no format that is known; name one with --from: made-up") {
		t.Errorf("got %v", err)
	}
	_, err = formats.TakeOver(t.Context(), &kept{}, []string{name}, "kea", now)
	if err == nil || err.Error() != `unknown format "kea": want one of made-up` {
		t.Errorf("got %v", err)
	}
}
