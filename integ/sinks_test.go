package integ

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	occurrence "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

const sinkKey = "0123456789abcdef0123456789abcdef"

const sinkConfig = simulatedConfig + `
events:
  - file: $DIR/log/events.jsonl
  - webhook: http://[2001:db8:10::9]:8080/hook
    kinds: [identified, leased, started, stopping]
    secret: $KEY
    batch: 3
`

// receiver takes events on the machine's side. It does not work at first.
type receiver struct {
	t    *testing.T
	mu   sync.Mutex
	got  []occurrence.Event
	asks int
	more chan struct{}
}

// receive has a receiver listen where the machine is.
func receive(s *simulated) *receiver {
	r := &receiver{t: s.t, more: make(chan struct{}, 1)}
	var l net.Listener
	check(s.t, s.machine.Do(func() (err error) {
		l, err = net.Listen("tcp", "[2001:db8:10::9]:8080")
		return err
	}))
	web := &http.Server{Handler: r}
	go func() { _ = web.Serve(l) }()
	s.t.Cleanup(func() { web.Close() })
	return r
}

// ServeHTTP takes what is signed, from the third request on.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(sinkKey))
	mac.Write([]byte(q.Header.Get("Webhook-Id") + "." + q.Header.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); q.Header.Get("Webhook-Signature") != want {
		r.t.Errorf("signature %q, want %q", q.Header.Get("Webhook-Signature"), want)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asks++; r.asks <= 2 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var batch struct{ Events []occurrence.Event }
	if err := json.Unmarshal(body, &batch); err != nil || len(batch.Events) == 0 || len(batch.Events) > 3 {
		r.t.Errorf("%v: %s", err, body)
	}
	r.got = append(r.got, batch.Events...)
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// await waits until the receiver has an event of a kind.
func (r *receiver) await(kind occurrence.Kind) []occurrence.Event {
	r.t.Helper()
	ctx := labtest.Context(r.t)
	for {
		r.mu.Lock()
		got := slices.Clone(r.got)
		r.mu.Unlock()
		if slices.ContainsFunc(got, func(e occurrence.Event) bool { return e.Kind == kind }) {
			return got
		}
		select {
		case <-r.more:
		case <-ctx.Done():
			r.t.Fatalf("no event %s came, but %v", kind, got)
		}
	}
}

// linesOf reads files of events, in their order.
func linesOf(t *testing.T, paths ...string) (events []occurrence.Event) {
	t.Helper()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		check(t, err)
		for line := range bytes.Lines(text) {
			var e occurrence.Event
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%s: %v: %s", path, err, line)
			}
			events = append(events, e)
		}
	}
	return events
}

// TestTheStoryOfABootReachesFilesAndWebhooks boots a machine while the receiver does
// not work yet, moves the file of events away as logrotate does, boots the machine
// again and ends the server: everything arrives, once and in order.
func TestTheStoryOfABootReachesFilesAndWebhooks(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "webhook.key")
	check(t, os.WriteFile(key, []byte(sinkKey+"\n"), 0o600))
	s := newSimulatedWith(t, strings.ReplaceAll(sinkConfig, "$KEY", key))
	r, path := receive(s), filepath.Join(s.server.dir, "log", "events.jsonl")
	boot := func() {
		if story, ok := s.run("--interface", "eth0", "--profile", "uefi-pxe,ipxe,anaconda,networkd"); !ok {
			t.Fatalf("it did not boot:\n%s", story)
		}
	}
	boot()
	r.await(occurrence.Leased)
	check(t, os.Rename(path, path+"-1"))
	boot()
	s.server.stop(asked)

	hooked, lines := r.await(occurrence.Stopping), linesOf(t, path+"-1", path)
	var wanted []uint64
	kinds := map[occurrence.Kind]int{}
	for i, e := range lines {
		kinds[e.Kind]++
		if i > 0 && e.Seq <= lines[i-1].Seq {
			t.Errorf("event %d stands after %d", e.Seq, lines[i-1].Seq)
		}
		if slices.Contains([]occurrence.Kind{occurrence.Identified, occurrence.Leased, occurrence.Started, occurrence.Stopping}, e.Kind) {
			wanted = append(wanted, e.Seq)
		}
	}
	for _, kind := range []occurrence.Kind{occurrence.Started, occurrence.Leased, occurrence.Identified, occurrence.Stopping} {
		if kinds[kind] == 0 {
			t.Errorf("in the files is no event %s: %v", kind, kinds)
		}
	}
	var got []uint64
	for _, e := range hooked {
		got = append(got, e.Seq)
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("the webhook got %v, want %v as in the files", got, wanted)
	}
}
