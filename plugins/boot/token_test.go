package boot

import (
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// named makes tokens that tell their host.
type named struct{}

func (named) Token(host string, _ time.Time) string { return tokenOf[host] }

var tokenOf = map[string]string{"web01": "token-of-web01"}

var _ pipeline.Tokens = named{}

// withTokens has a handler's tokens made by named, and gives what is logged.
func withTokens(h *handler) *logtest.Hook {
	log, hook := logtest.NewNullLogger()
	for i := range h.rules {
		for j := range h.rules[i].url.parts {
			if t := h.rules[i].url.parts[j].tokens; t != nil {
				t.Tokens, t.log = named{}, logrus.NewEntry(log)
			}
		}
	}
	return hook
}

func TestTokensAreForHostsThatSomebodyVouchesFor(t *testing.T) {
	for name, tc := range map[string]struct {
		host    *host.Host
		vouched bool
		want    string
		logged  int
	}{
		"a new host":                   {&host.Host{Name: "web01"}, true, "token-of-web01", 0},
		"one to be installed":          {&host.Host{Name: "web01", State: host.Deploy}, true, "token-of-web01", 0},
		"one that is installed":        {&host.Host{Name: "web01", State: host.Installed}, true, "", 0},
		"one that is locked":           {&host.Host{Name: "web01", State: host.Locked}, true, "", 0},
		"nobody vouches":               {&host.Host{Name: "web01"}, false, "", 1},
		"nobody vouches, nobody cares": {&host.Host{Name: "web01", State: host.Installed}, false, "", 0},
		"a stranger":                   {nil, false, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := made(t, "- url: 'http://[2001:db8::1]/a?t=${token}'\n")
			hook := withTokens(h)
			x, s := solicited(t, loader)
			s.Host.Host, s.Vouched = tc.host, tc.vouched
			if got := urlFor(t, h, x, s); got != "http://[2001:db8::1]/a?t="+tc.want {
				t.Errorf("got %s, want the token %q", got, tc.want)
			}
			if n := len(hook.AllEntries()); n != tc.logged {
				t.Errorf("got %d lines in the log, want %d", n, tc.logged)
			}
		})
	}
}

func TestAMissingTokenIsLoggedSeldom(t *testing.T) {
	h := made(t, "- url: 'http://[2001:db8::1]/a?t=${token}'\n")
	hook := withTokens(h)
	x, s := solicited(t, loader)
	s.Time = time.Unix(1_700_000_000, 0)
	for range 100 {
		handleAgain(t, h, x, s)
	}
	if n := len(hook.AllEntries()); n != 1 {
		t.Errorf("got %d lines, want 1", n)
	}
	s.Time = s.Time.Add(time.Minute)
	handleAgain(t, h, x, s)
	if last := hook.LastEntry(); last.Data["suppressed"] != 99 || last.Data["host"] != "web01" {
		t.Errorf("got %v", last.Data)
	}
}

func TestATokenAllocatesNothing(t *testing.T) {
	h := made(t, "- url: 'http://[2001:db8::1]/${host}?t=${token}'\n")
	withTokens(h)
	x, s := solicited(t, loader)
	s.Vouched = true
	if n := testing.AllocsPerRun(100, func() { handleAgain(t, h, x, s) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
