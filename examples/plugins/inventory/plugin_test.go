package inventory

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/option"
)

const config6 = `
server6:
  plugins:
    - identify: eui64
    - inventory:
        url: 'http://inventory.example.net/machines'
        tags: [rescue]
        timeout: 1s
        keep: 10m
    - option: {250: {type: string, value: 'rescue system'}}
      when: 'tag.rescue'
`

const ask = `information-request 000001
  client-id 00030001525400aabb01
  oro 250
`

// fake is an inventory.
type fake struct {
	asked  atomic.Int32
	answer func(r *http.Request) (status int, body string, err error)
}

// RoundTrip is that of http.RoundTripper.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked.Add(1)
	status, body, err := f.answer(r)
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(body)), Request: r}, err
}

func tells(status int, body string) *fake {
	return &fake{answer: func(*http.Request) (int, string, error) { return status, body, nil }}
}

// start starts a server that asks an inventory.
func start(t *testing.T, f *fake) *pipelinetest.Server {
	t.Helper()
	prov0 := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	return pipelinetest.New(t, t.TempDir(), config6, []pipelinetest.Interface{prov0}, plugins(f))
}

// plugins are the plugin, with an inventory, and what makes use of it.
func plugins(f *fake) []pipeline.Plugin {
	return []pipeline.Plugin{define(f), identify.Plugin, option.Plugin}
}

// serve asks the server, and gives whether the option of the tag is in the reply,
// and why there is none.
func serve(t *testing.T, s *pipelinetest.Server) (tagged bool, drop string) {
	t.Helper()
	message, err := dhcptext.Parse(ask)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Serve(pipelinetest.Datagram{
		From: netip.MustParseAddrPort("[fe80::5054:ff:feaa:bb01%prov0]:546"), To: netip.MustParseAddr("ff02::1:2"), Data: message,
	})
	return strings.Contains(dhcptext.Format(r.Data), "option 250"), r.Drop
}

func TestWhatTheInventorySaysCounts(t *testing.T) {
	var path string
	for _, c := range []struct {
		name   string
		fake   *fake
		tagged bool
	}{
		{"a machine with the tag", tells(200, `{"tags": ["rescue", "other"]}`), true},
		{"a machine without it", tells(200, `{"tags": []}`), false},
		{"a machine that is not known", tells(404, "no such machine"), false},
		{"an inventory that fails", tells(500, "oops"), false},
		{"an answer that cannot be read", tells(200, "<html>"), false},
		{"an inventory that is down", &fake{answer: func(*http.Request) (int, string, error) { return 0, "", errors.New("no route") }}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := c.fake.answer
			c.fake.answer = func(r *http.Request) (int, string, error) { path = r.URL.Path; return answer(r) }
			if tagged, drop := serve(t, start(t, c.fake)); tagged != c.tagged || drop != "" {
				t.Errorf("tagged: %v, dropped for %q; want %v, and an answer", tagged, drop, c.tagged)
			}
			if path != "/machines/52:54:00:aa:bb:01" {
				t.Errorf("it was asked for %s", path)
			}
		})
	}
}

func TestAnAnswerIsRemembered(t *testing.T) {
	f := tells(200, `{"tags": ["rescue"]}`)
	s := start(t, f)
	for _, c := range []struct {
		wait time.Duration
		want int32 // how often the inventory was asked then
	}{{0, 1}, {9 * time.Minute, 1}, {2 * time.Minute, 2}} {
		s.Advance(c.wait)
		if tagged, _ := serve(t, s); !tagged || f.asked.Load() != c.want {
			t.Errorf("after %v: tagged: %v, asked %d times; want %d", c.wait, tagged, f.asked.Load(), c.want)
		}
	}
}

func TestAFailureIsNotRemembered(t *testing.T) {
	f := tells(500, "oops")
	s := start(t, f)
	for asked := range int32(2) {
		if serve(t, s); f.asked.Load() != asked+1 {
			t.Errorf("asked %d times, want %d", f.asked.Load(), asked+1)
		}
	}
}

func TestASlowInventoryIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(r *http.Request) (int, string, error) {
			<-r.Context().Done()
			return 0, "", r.Context().Err()
		}}
		s, begun := start(t, f), time.Now()
		tagged, drop := serve(t, s)
		if took := time.Since(begun); tagged || drop != "" || took != time.Second {
			t.Errorf("tagged: %v, dropped for %q, after %v; want an answer without the tag after a second", tagged, drop, took)
		}
	})
}

func TestTheREADMEWorks(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins(tells(404, ""))) }
