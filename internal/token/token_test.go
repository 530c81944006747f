package token_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/token"
	"github.com/stage6/stage6/lease"
)

var noon = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// known gives a registry with hosts of those names.
func known(tb testing.TB, names ...string) *host.Registry {
	tb.Helper()
	r := host.NewRegistry()
	replace(tb, r, names...)
	return r
}

func replace(tb testing.TB, r *host.Registry, names ...string) {
	tb.Helper()
	var hosts []host.Host
	for _, name := range names {
		hosts = append(hosts, host.Host{Name: name})
	}
	if err := r.Replace("test", hosts); err != nil {
		tb.Fatal(err)
	}
}

// constant is a source of randomness in which there is none.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// ledger gives a ledger with what a store keeps.
func ledger(tb testing.TB, r *host.Registry, store lease.Store, lifetime time.Duration) *token.Ledger {
	tb.Helper()
	l := token.NewLedger(r, lifetime)
	if err := l.Load(tb.Context(), store, constant(1)); err != nil {
		tb.Fatal(err)
	}
	return l
}

// retire makes the tokens of a host worthless, durably.
func retire(tb testing.TB, l *token.Ledger, store lease.Store, name string, r token.Retirement) {
	tb.Helper()
	value, done, err := l.Retire(name, r)
	if err == nil {
		err = store.PutAll(tb.Context(), value)
	}
	if err != nil {
		tb.Fatal(err)
	}
	done()
}

func TestATokenNamesItsHost(t *testing.T) {
	r := known(t, "web01", "web02")
	l := ledger(t, r, memory.New(), 24*time.Hour)
	one := l.Token("web01", noon)
	if len(one) != token.Length || strings.Trim(one, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || one[0] == '-' {
		t.Errorf("%q does not suit a URL and a command line", one)
	}
	if one == l.Token("web02", noon) {
		t.Error("two hosts have one token")
	}
	f, err := l.Check(one, noon)
	if err != nil || f.Host != "web01" || f.Retired != nil || f.Refusal() != nil {
		t.Errorf("got %+v, %v", f, err)
	}
	if life := f.Until.Sub(noon); life < 24*time.Hour || life > 25*time.Hour {
		t.Errorf("it counts for %s", life)
	}
}

func TestABootHasOneToken(t *testing.T) {
	l := ledger(t, known(t, "web01"), memory.New(), 24*time.Hour)
	first := l.Token("web01", noon)
	if again := l.Token("web01", noon.Add(59*time.Minute)); again != first {
		t.Errorf("got %s and then %s", first, again)
	}
	if later := l.Token("web01", noon.Add(time.Hour)); later == first {
		t.Error("the token is the same an hour later")
	}
}

func TestTokensThatDoNotCount(t *testing.T) {
	r, store := known(t, "web01", "web02", "gone"), memory.New()
	l := ledger(t, r, store, 10*time.Minute)
	other := token.NewLedger(r, 10*time.Minute)
	if err := other.Load(t.Context(), memory.New(), constant(2)); err != nil {
		t.Fatal(err)
	}
	used, gone := l.Token("web01", noon), l.Token("gone", noon)
	retire(t, l, store, "web01", token.Retirement{At: noon, How: token.Used})
	old := l.Token("web01", noon)
	retire(t, l, store, "web01", token.Retirement{At: noon.Add(time.Minute), How: token.Deployed})
	replace(t, r, "web01", "web02")
	fresh := l.Token("web02", noon)
	for name, tc := range map[string]struct {
		text string
		at   time.Time
		want string
	}{
		"one that counts":         {fresh, noon, ""},
		"a minute before its end": {fresh, noon.Add(10 * time.Minute), ""},
		"at its end":              {fresh, noon.Add(11 * time.Minute), "the token expired at 2026-02-01T12:11:00Z"},
		"one that was used":       {used, noon, "the token was used at 2026-02-01T12:00:00Z"},
		"used, and expired":       {used, noon.Add(time.Hour), "the token was used at 2026-02-01T12:00:00Z"},
		"from before deploy":      {old, noon, "the token is of the time before web01 was set to deploy at 2026-02-01T12:01:00Z"},
		"of another key":          {other.Token("web02", noon), noon, "the token is not one of this server's"},
		"of a host that is gone":  {gone, noon, "the token is not one of this server's"},
		"cut":                     {fresh[1:], noon, "the token is not one of this server's"},
		"nothing":                 {"", noon, "the token is not one of this server's"},
		"no characters of any":    {strings.Repeat("+", token.Length), noon, "the token is not one of this server's"},
		"another seal":            {fresh[:31] + string(fresh[31]^1), noon, "the token is not one of this server's"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := l.Check(tc.text, tc.at)
			if err == nil {
				err = f.Refusal()
			}
			got := ""
			var refused *token.RefusedError
			if errors.As(err, &refused) {
				got = refused.Error()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTokensSurviveARestart(t *testing.T) {
	r, store := known(t, "web01", "web02"), memory.New()
	l := ledger(t, r, store, 24*time.Hour)
	one, two := l.Token("web01", noon), l.Token("web02", noon)
	retire(t, l, store, "web01", token.Retirement{At: noon, How: token.Used, DUID: "\x00\x04abc"})
	l = token.NewLedger(r, time.Hour)
	if err := l.Load(t.Context(), store, constant(9)); err != nil {
		t.Fatal(err)
	}
	if f, err := l.Check(two, noon); err != nil || f.Host != "web02" || f.Refusal() != nil {
		t.Errorf("one that was not used: %+v, %v", f, err)
	}
	f, err := l.Check(one, noon)
	if err != nil || f.Retired == nil || f.Retired.How != token.Used || f.Retired.DUID != "\x00\x04abc" || !f.Retired.At.Equal(noon) {
		t.Errorf("one that was used: %+v, %v", f, err)
	}
}

func TestAClockThatJumpsBackMakesNoUsedTokenRight(t *testing.T) {
	store := memory.New()
	l := ledger(t, known(t, "web01"), store, time.Hour)
	used := l.Token("web01", noon)
	retire(t, l, store, "web01", token.Retirement{At: noon, How: token.Used})
	for _, back := range []time.Duration{time.Minute, time.Hour, 10 * 365 * 24 * time.Hour} {
		f, err := l.Check(used, noon.Add(-back))
		if err != nil || f.Refusal() == nil {
			t.Errorf("%s back: %+v, %v", back, f, err)
		}
		if again := l.Token("web01", noon.Add(-back)); again == used {
			t.Errorf("%s back the same token is made again", back)
		}
	}
}

func TestWhatIsDamagedIsTold(t *testing.T) {
	for name, tc := range map[string]struct{ key, value, want string }{
		"the key":  {"token-key", "short", `damaged value "token-key": restore the leases from a backup`},
		"a record": {"host-token/web01", "{", `damaged value "host-token/web01": unexpected end of JSON input: restore the leases from a backup`},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			if err := store.Put(t.Context(), tc.key, []byte(tc.value)); err != nil {
				t.Fatal(err)
			}
			err := token.NewLedger(known(t), time.Hour).Load(t.Context(), store, constant(1))
			if fmt.Sprint(err) != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestBeforeLoadThereAreNoTokens(t *testing.T) {
	l := token.NewLedger(known(t, "web01"), time.Hour)
	if got := l.Token("web01", noon); got != "" {
		t.Errorf("got %q", got)
	}
	if _, err := l.Check(strings.Repeat("A", token.Length), noon); err == nil {
		t.Error("a token is known without a key")
	}
}

// TestTwoHostsWithOneHash has names whose FNV-1a hash is the same.
func TestTwoHostsWithOneHash(t *testing.T) {
	l := ledger(t, known(t, "costarring", "liquid", "web01"), memory.New(), time.Hour)
	for _, name := range []string{"costarring", "liquid"} {
		if f, err := l.Check(l.Token(name, noon), noon); err != nil || f.Host != name {
			t.Errorf("the token of %s is that of %q, %v", name, f.Host, err)
		}
	}
}

// TestNoTokenCountsTwice has hosts boot, say that they are installed, be set to
// deploy and the server be restarted, in any order and with a clock that jumps:
// a token counts for its own host only, never after it was used or its host
// deployed anew.
func TestNoTokenCountsTwice(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		names := []string{"web01", "web02", "web03"}
		r, store := known(t, names...), memory.New()
		l := ledger(t, r, store, time.Hour)
		now, alive, dead := noon, map[string]string{}, map[string]bool{}
		bury := func(name string) {
			for text, owner := range alive {
				if owner == name {
					delete(alive, text)
					dead[text] = true
				}
			}
		}
		for range 100 {
			name := names[random.IntN(len(names))]
			switch random.IntN(5) {
			case 0:
				retire(t, l, store, name, token.Retirement{At: now, How: token.Deployed})
				bury(name)
			case 1:
				retire(t, l, store, name, token.Retirement{At: now, How: token.Used})
				bury(name)
			case 2:
				l = ledger(t, r, store, time.Hour)
			case 3:
				now = now.Add(time.Duration(random.IntN(5)-2) * time.Minute)
			}
			text := l.Token(name, now)
			if dead[text] {
				t.Fatalf("seed %d: a token that is worthless is made again", seed)
			}
			alive[text] = name
		}
		for text := range dead {
			if f, err := l.Check(text, now); err == nil && f.Refusal() == nil {
				t.Fatalf("seed %d: a token counts that was retired", seed)
			}
		}
		for text, owner := range alive {
			if f, err := l.Check(text, noon); err != nil || f.Host != owner || f.Refusal() != nil {
				t.Fatalf("seed %d: the token of %s: %+v, %v", seed, owner, f, err)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	r := known(f, "web01")
	l := ledger(f, r, memory.New(), time.Hour)
	right := l.Token("web01", noon)
	for _, text := range []string{right, right[:31], right + "A", strings.Repeat("=", 32), "", strings.ToLower(right), right[:31] + "\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if found, err := l.Check(text, noon); (err == nil) != (text == right) {
			t.Errorf("%q: %+v, %v", text, found, err)
		}
	})
}

func TestATokenThatWasMadeCostsNothing(t *testing.T) {
	l := ledger(t, known(t, "web01"), memory.New(), time.Hour)
	if n := testing.AllocsPerRun(100, func() { l.Token("web01", noon) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkToken(b *testing.B) {
	l := ledger(b, known(b, "web01"), memory.New(), time.Hour)
	for name, step := range map[string]time.Duration{"made before": 0, "made anew": time.Hour} {
		b.Run(name, func(b *testing.B) {
			now := noon
			for b.Loop() {
				l.Token("web01", now)
				now = now.Add(step)
			}
		})
	}
}

func BenchmarkCheckOf100000Hosts(b *testing.B) {
	var names []string
	for i := range 100_000 {
		names = append(names, fmt.Sprintf("web%06d", i))
	}
	l := ledger(b, known(b, names...), memory.New(), time.Hour)
	text := l.Token("web000500", noon)
	if _, err := l.Check(text, noon); err != nil { // which makes the index
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := l.Check(text, noon); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTokensAreHiddenWhereverTheyStand(t *testing.T) {
	store := memory.New()
	l := ledger(t, known(t, "web01"), store, time.Hour)
	mine, used := l.Token("web01", noon), l.Token("web01", noon.Add(-time.Minute))
	foreign := ledger(t, known(t, "web02"), memory.New(), time.Hour).Token("web02", noon)
	retire(t, l, store, "web01", token.Retirement{At: noon, How: token.Used})
	const stars = "********************************"
	for in, want := range map[string]string{
		"":                          "",
		mine:                        stars,
		"?token=" + mine + "&x=y":   "?token=" + stars + "&x=y",
		"abc" + mine + used + "abc": "abc" + stars + stars + "abc",
		mine[1:]:                    mine[1:],
		foreign:                     foreign,
		"\x00" + mine[:31] + "\x00": "\x00" + mine[:31] + "\x00",
	} {
		data := []byte(in)
		if l.Hide(data); string(data) != want {
			t.Errorf("%q becomes %q, want %q", in, data, want)
		}
	}
}
