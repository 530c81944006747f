package integ

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	occurrence "github.com/stage6/stage6/event"
)

// TestSinksChangeWhileEventsWait for a webhook where nobody listens: reloads that are
// refused change nothing, and after one that is taken everything arrives, once.
func TestSinksChangeWhileEventsWait(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "webhook.key")
	check(t, os.WriteFile(key, []byte(sinkKey+"\n"), 0o600))
	s := newSimulatedWith(t, strings.ReplaceAll(sinkConfig, "$KEY", key))
	text, err := os.ReadFile(s.server.config())
	check(t, err)
	reload := func(replacements ...string) (string, int) {
		check(t, os.WriteFile(s.server.config(), []byte(strings.NewReplacer(replacements...).Replace(string(text))), 0o644))
		return s.server.reload()
	}
	boot := func() {
		if story, ok := s.run("--interface", "eth0", "--profile", "uefi-pxe,ipxe,anaconda,networkd"); !ok {
			t.Fatalf("it did not boot:\n%s", story)
		}
	}
	boot() // nobody listens at the webhook yet
	for what, r := range map[string][]string{
		"a folder that is not there": {"log/events.jsonl", "no/such/folder/events.jsonl"},
		"a key that is not there":    {key, key + "-other"},
		"an unknown key":             {"    batch: 3", "    batches: 3"},
	} {
		if out, code := reload(r...); code != 2 || !strings.Contains(out, "config.yml:") {
			t.Errorf("%s: exit code %d and:\n%s", what, code, out)
		}
	}
	r := receive(s)
	if out, code := reload("log/events.jsonl", "log/other.jsonl", "    batch: 3", "    batch: 2"); code != 0 {
		t.Fatalf("exit code %d and:\n%s", code, out)
	}
	boot()
	r.await(occurrence.Leased)
	s.server.stop(asked)

	lines := linesOf(t, filepath.Join(s.server.dir, "log", "events.jsonl"), filepath.Join(s.server.dir, "log", "other.jsonl"))
	var wanted, got []uint64
	for i, e := range lines {
		if i > 0 && e.Seq <= lines[i-1].Seq {
			t.Errorf("event %d stands after %d", e.Seq, lines[i-1].Seq)
		}
		if slices.Contains([]occurrence.Kind{occurrence.Identified, occurrence.Leased, occurrence.Started, occurrence.Stopping}, e.Kind) {
			wanted = append(wanted, e.Seq)
		}
	}
	for _, e := range r.await(occurrence.Stopping) {
		got = append(got, e.Seq)
	}
	if len(lines) == 0 || !slices.Equal(got, wanted) {
		t.Errorf("the webhook got %v, want %v as in the files", got, wanted)
	}
}
