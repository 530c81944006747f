package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/event"
)

// served is the least that a configuration has beside its events.
const served = "server6: {plugins: [{server_id: auto}]}\n"

func TestSinksAreRead(t *testing.T) {
	got, err := Parse("config.yml", []byte(served+`
events:
  - file: events.jsonl
    size: 100MiB
    keep: 7
    queue: 100
  - webhook: https://hooks.example.net/stage6
    kinds: denied route-up
    secret: key
    token: token
    ca: ca.pem
    timeout: 3s
    batch: 1
  - file: '-'
    name: out
  - file: other
`))
	if err != nil {
		t.Fatal(err)
	}
	usual := Sink{Queue: 4096, Keep: 4, Timeout: 10 * time.Second, Batch: 100}
	first, second, third, fourth := usual, usual, usual, usual
	first.File, first.Name, first.Size, first.Keep, first.Queue = "events.jsonl", "file", 100<<20, 7, 100
	second.Webhook, second.Name, second.Kinds = "https://hooks.example.net/stage6", "webhook", []event.Kind{event.Denied, event.RouteUp}
	second.Secret, second.Token, second.CA, second.Timeout, second.Batch = "key", "token", "ca.pem", 3*time.Second, 1
	third.File, third.Name = "-", "out"
	fourth.File, fourth.Name = "other", "file-2"
	if diff := cmp.Diff(Sinks{first, second, third, fourth}, got.Events, ignorePlaces()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSinksAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no destination":        {"- {}", `want a file, such as file: /var/log/stage6/events.jsonl, or a webhook, such as`},
		"two destinations":      {"- {file: a, webhook: 'https://b'}", `got a file and a webhook, want one of them here and the other in an item of its own`},
		"a setting of a file":   {"- {webhook: 'https://b', keep: 4}", `this is a setting of a file, and here is a webhook: remove it`},
		"of a webhook":          {"- {file: a, batch: 4}", `this is a setting of a webhook, and here is a file: remove it`},
		"an unknown kind":       {"- {file: a, kinds: [leasd]}", `kind of event "leasd": want one of seen, identified`},
		"an unknown key":        {"- {file: a, kind: [leased]}", `unknown key "kind", did you mean "kinds"?`},
		"a size without a unit": {"- {file: a, size: 100}", `"100": want a size from 64KiB to 8192GiB, such as 100MiB`},
		"a size too small":      {"- {file: a, size: 1KiB}", `"1KiB": want a size`},
		"a size that overflows": {"- {file: a, size: 99999999999999999GiB}", `want a size`},
		"another scheme":        {"- {webhook: 'ftp://b/s3cret'}", `want a URL such as https://hooks.example.net/stage6`},
		"no URL":                {"- {webhook: 'https://[s3cret'}", `this is no URL: missing ']' in host`},
		"a fragment":            {"- {webhook: 'https://b/#s3cret'}", `a part after # is never sent`},
		"a token in the clear":  {"- {webhook: 'http://b', token: t}", `over http everybody on the way can read the token: want https`},
		"a CA for no TLS":       {"- {webhook: 'http://b', ca: c}", `ca: certificates are for https only`},
		"a name twice":          {"- {file: a, name: x}\n  - {file: b, name: x}", `"x" is the name of an earlier one, too`},
		"a file twice":          {"- {file: a}\n  - {file: a}", `file: "a" is the file of an earlier one, too`},
		"a name with spaces":    {"- {file: a, name: 'x y'}", `"x y": want at most 63 letters`},
		"a queue for nobody":    {"- {file: a, queue: 1}", `queue: 1: want 16 to 1000000`},
		"a batch too large":     {"- {webhook: 'https://b', batch: 1001}", `batch: 1001: want 1 to 1000`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("config.yml", []byte(served+"events:\n  "+c.text+"\n"))
			if err == nil || !strings.HasPrefix(err.Error(), "config.yml:") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v shows the URL", err)
			}
		})
	}
}

func TestATokenMayGoToThisMachineInTheClear(t *testing.T) {
	for _, host := range []string{"localhost:8080", "127.0.0.1", "[::1]:99"} {
		if _, err := Parse("config.yml", []byte(served+"events: {webhook: 'http://"+host+"', token: t}\n")); err != nil {
			t.Error(err)
		}
	}
}
