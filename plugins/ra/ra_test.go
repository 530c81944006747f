package ra

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/dns"
	"github.com/stage6/stage6/plugins/pool"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, pool.Plugin, dns.Plugin})
}

func TestReadme(t *testing.T) {
	pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin, pool.Plugin, dns.Plugin})
}

// sent is an advertisement, with when and where.
type sent struct {
	at   time.Duration // since the beginning
	link string
	ra   *ndp.RouterAdvertisement
}

// fakeSocket remembers what is sent.
type fakeSocket struct {
	begun     time.Time
	solicited chan string
	broken    atomic.Bool

	mu   sync.Mutex
	gone []sent
}

// all gives what was sent.
func (s *fakeSocket) all() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.gone)
}

func (s *fakeSocket) Send(iface string, message []byte) error {
	if s.broken.Load() {
		return errors.New("no address yet")
	}
	m, err := ndp.ParseMessage(message)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = append(s.gone, sent{time.Since(s.begun), iface, m.(*ndp.RouterAdvertisement)})
	return nil
}

func (s *fakeSocket) Solicited() <-chan string { return s.solicited }

// lab is a handler in a bubble.
type lab struct {
	*fakeSocket
	t       *testing.T
	handler *handler
	end     func()
}

// inLab runs a test with a handler of settings.
func inLab(t *testing.T, yaml string, f func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := pipelinetest.Handler(t, Plugin, yaml).(*handler)
		h.flags.Managed, h.flags.Other = true, true
		l := &lab{&fakeSocket{begun: time.Now(), solicited: make(chan string)}, t, h, nil}
		h.Advertise(l.fakeSocket)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Run(ctx) }()
		l.end = func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		f(l)
	})
}

// has says which prefixes a link has.
func (l *lab) has(name string, prefixes ...string) {
	out := &link.Link{Name: name, Interface: name}
	for _, p := range prefixes {
		out.Prefixes = append(out.Prefixes, netip.MustParsePrefix(p))
	}
	l.handler.FollowLinks([]*link.Link{out})
	synctest.Wait()
}

func (l *lab) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// last gives the last one in words.
func (l *lab) last() string {
	if len(l.all()) == 0 {
		return "nothing"
	}
	return words(l.all()[len(l.all())-1].ra)
}

func words(ra *ndp.RouterAdvertisement) string {
	out := []string{fmt.Sprintf("M %t O %t lifetime %v %v hops %d", ra.ManagedConfiguration, ra.OtherConfiguration, ra.RouterLifetime, ra.RouterSelectionPreference, ra.CurrentHopLimit)}
	for _, o := range ra.Options {
		switch o := o.(type) {
		case *ndp.PrefixInformation:
			out = append(out, fmt.Sprintf("%s/%d L %t A %t %v %v", o.Prefix, o.PrefixLength, o.OnLink, o.AutonomousAddressConfiguration, o.PreferredLifetime, o.ValidLifetime))
		case *ndp.MTU:
			out = append(out, fmt.Sprint("MTU ", o.MTU))
		case *ndp.RecursiveDNSServer:
			out = append(out, fmt.Sprint("DNS ", o.Servers, " ", o.Lifetime))
		case *ndp.DNSSearchList:
			out = append(out, fmt.Sprint("search ", o.DomainNames, " ", o.Lifetime))
		}
	}
	return strings.Join(out, "\n")
}

func TestWhatIsAdvertised(t *testing.T) {
	const flags = "M true O true lifetime 0s Medium hops 64\n"
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing set":   {"", flags + "2001:db8:10::/64 L true A false 12h0m0s 24h0m0s\n2001:db8:11::/80 L true A false 12h0m0s 24h0m0s"},
		"other flags":   {"{managed: false, other: true}", "M false O true lifetime 0s Medium hops 64\n2001:db8:10::/64 L true A false 12h0m0s 24h0m0s\n2001:db8:11::/80 L true A false 12h0m0s 24h0m0s"},
		"autonomous":    {"autonomous: true", flags + "2001:db8:10::/64 L true A true 12h0m0s 24h0m0s\n2001:db8:11::/80 L true A false 12h0m0s 24h0m0s"},
		"one prefix":    {"prefixes: {prefix: '2001:db8:10::/64', valid: 1h, on_link: false, autonomous: true}", flags + "2001:db8:10::/64 L false A true 1h0m0s 1h0m0s"},
		"no prefix":     {"prefixes: '2001:db8:99::/64'", strings.TrimSpace(flags)},
		"a router":      {"{prefixes: '2001:db8:10::/64', lifetime: 30m, preference: high, hop_limit: 0}", "M true O true lifetime 30m0s High hops 0\n2001:db8:10::/64 L true A false 12h0m0s 24h0m0s"},
		"names and MTU": {"{prefixes: '2001:db8:10::/64', dns: '2001:db8::53 2001:db8::54', search: [example.org], mtu: 1400, interval: 1m}", flags + "MTU 1400\n2001:db8:10::/64 L true A false 12h0m0s 24h0m0s\nDNS [2001:db8::53 2001:db8::54] 3m0s\nsearch [example.org] 3m0s"},
		"for ever":      {"{prefixes: '2001:db8:10::/64', valid: infinity, preferred: infinity}", flags + "2001:db8:10::/64 L true A false 1193046h28m15s 1193046h28m15s"},
		"another link":  {"links: lab0", "nothing"},
		"of two":        {"[{links: lab0, mtu: 1300}, {mtu: 1400, prefixes: '2001:db8:10::/64'}]", flags + "MTU 1400\n2001:db8:10::/64 L true A false 12h0m0s 24h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, tc.yaml, func(l *lab) {
				l.has("prov0", "2001:db8:10::/64", "2001:db8:11::/80")
				if diff := cmp.Diff(tc.want, l.last()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				l.end()
			})
		})
	}
}

func TestThreeComeSoonAndThenOneInEachInterval(t *testing.T) {
	inLab(t, "interval: 100s", func(l *lab) {
		l.has("prov0", "2001:db8:10::/64")
		l.wait(time.Hour)
		for i := 1; i < len(l.all()); i++ {
			gap, least, most := l.all()[i].at-l.all()[i-1].at, 33*time.Second, 101*time.Second
			if i <= maxInitial {
				least, most = minDelay, maxInitialInterval
			}
			if gap < least || gap > most {
				t.Errorf("advertisement %d comes after %v, want %v to %v", i+1, gap, least, most)
			}
		}
		if n := len(l.all()); n < 36 || n > 110 || l.all()[0].at != 0 {
			t.Errorf("%d were sent in an hour, the first after %v", n, l.all()[0].at)
		}
		l.end()
	})
}

func TestHostsThatAskAreAnsweredTogether(t *testing.T) {
	inLab(t, "", func(l *lab) {
		l.has("prov0", "2001:db8:10::/64")
		l.wait(5 * time.Minute)
		before := len(l.all())
		for range 1000 {
			l.solicited <- "prov0"
			l.solicited <- "elsewhere"
		}
		l.wait(maxResponseDelay)
		if n := len(l.all()) - before; n != 1 {
			t.Fatalf("%d answers at once, want one", n)
		}
		for range 10 {
			for range 100 {
				l.solicited <- "prov0"
			}
			l.wait(time.Second)
		}
		if n := len(l.all()) - before; n > 5 {
			t.Errorf("%d answers in ten seconds, want one in three seconds at most", n)
		}
		l.end()
	})
}

func TestALastOneSaysThatTheRouterEnds(t *testing.T) {
	inLab(t, "{lifetime: 30m, preference: low}", func(l *lab) {
		l.has("prov0", "2001:db8:10::/64")
		l.wait(time.Minute)
		l.end()
		last := l.all()[len(l.all())-1].ra
		if last.RouterLifetime != 0 || last.RouterSelectionPreference != ndp.Medium || !last.ManagedConfiguration {
			t.Errorf("the last one is %s", words(last))
		}
	})
}

func TestAPrefixThatGoesIsTakenBack(t *testing.T) {
	inLab(t, "", func(l *lab) {
		l.has("prov0", "2001:db8:10::/64", "2001:db8:11::/64")
		l.wait(10 * time.Second)
		l.has("prov0", "2001:db8:10::/64")
		l.wait(minDelay)
		if want := "2001:db8:11::/64 L true A false 0s 0s"; !strings.Contains(l.last(), want) {
			t.Errorf("got %s\nwant in it %s", l.last(), want)
		}
		l.wait(time.Hour)
		if strings.Contains(l.last(), "2001:db8:11::") {
			t.Errorf("after an hour it is still %s", l.last())
		}
		l.end()
	})
}

func TestAPrefixThatComesIsAdvertisedAsSoonAsMayBe(t *testing.T) {
	inLab(t, "", func(l *lab) {
		l.has("prov0")
		l.wait(time.Hour)
		before := len(l.all())
		l.has("prov0", "2001:db8:10::/64")
		l.wait(minDelay) // one may have been sent a moment ago
		if len(l.all()) == before || !strings.Contains(l.last(), "2001:db8:10::/64 L true") {
			t.Errorf("%d were sent, the last %s", len(l.all())-before, l.last())
		}
		l.end()
	})
}

func TestAnInterfaceThatGoesIsLeftAlone(t *testing.T) {
	inLab(t, "", func(l *lab) {
		l.has("prov0", "2001:db8:10::/64")
		l.handler.FollowLinks(nil)
		before := len(l.all())
		l.wait(time.Hour)
		l.end()
		if len(l.all()) != before {
			t.Errorf("%d were sent to it", len(l.all())-before)
		}
	})
}

func TestWhatCannotBeSentIsTriedAgain(t *testing.T) {
	inLab(t, "", func(l *lab) {
		l.broken.Store(true)
		l.has("prov0", "2001:db8:10::/64")
		l.wait(10 * time.Second)
		l.broken.Store(false)
		l.wait(time.Second)
		if len(l.all()) != 1 {
			t.Errorf("%d were sent a second after the interface has an address", len(l.all()))
		}
		l.end()
	})
}

func TestCheckNamesWhatIsNotThere(t *testing.T) {
	got := pipelinetest.Warnings(t, "server6:\n  plugins:\n    - ra:\n        links: [prov0, prov9]\n        prefixes: ['2001:db8:10::/64', '2001:db8:99::/64']\n", []pipelinetest.Interface{
		{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}},
	}, []pipeline.Plugin{Plugin})
	want := []string{
		`config.yml:3:7: ra: link "prov9" is no link of this machine: nothing is advertised there until it is`,
		`config.yml:3:7: ra: prefix "2001:db8:99::/64" is on none of the links and is not advertised: give this machine an address of it, or its link the prefix under server6.links`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("(-want +got)\n%s", cmp.Diff(want, got))
	}
}
