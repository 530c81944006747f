package linkwatch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mdlayher/ndp"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/icmp6"
	"github.com/stage6/stage6/internal/managed"
)

var (
	served  = netip.MustParsePrefix("2001:db8:10::/64")
	router1 = netip.MustParseAddr("fe80::1")
	router2 = netip.MustParseAddr("fe80::2")
)

// fakeSocket gives what a test sends.
type fakeSocket struct {
	messages  chan icmp6.Message
	stopped   chan struct{}
	solicited int
}

func (s *fakeSocket) Read() (icmp6.Message, error) {
	select {
	case m := <-s.messages:
		return m, nil
	case <-s.stopped:
		return icmp6.Message{}, net.ErrClosed
	}
}

func (s *fakeSocket) Solicit(uint32) error { s.solicited++; return nil }
func (s *fakeSocket) Stop()                { close(s.stopped) }

// lab is a watch in a bubble, with what it has told.
type lab struct {
	t      *testing.T
	watch  *Watch
	socket *fakeSocket
	log    *logtest.Hook
	told   []event.Event
}

// inLab runs a test with a watch of the link prov0, of which addresses are leased.
func inLab(t *testing.T, change func(*Rules), f func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logger, hook := logtest.NewNullLogger()
		l := &lab{t: t, socket: &fakeSocket{messages: make(chan icmp6.Message), stopped: make(chan struct{})}, log: hook}
		rules := Rules{Wait: time.Minute, Solicit: true, Own: "own"}
		if change != nil {
			change(&rules)
		}
		l.watch = New(Options{Log: logrus.NewEntry(logger), Publish: func(e event.Event) { l.told = append(l.told, e) }, Socket: l.socket}, rules)
		l.serve(managed.Flags{Managed: true, Other: true})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.watch.Run(ctx) }()
		f(l)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// serve has the configuration call for flags.
func (l *lab) serve(want managed.Flags) {
	l.watch.SetLinks([]Link{{Index: 2, Interface: "prov0", Name: "prov0", Up: true, Watched: true, Served: []netip.Prefix{served}}}, want)
}

// right is an advertisement that nothing is wrong with.
func right() *ndp.RouterAdvertisement {
	return &ndp.RouterAdvertisement{
		ManagedConfiguration: true, OtherConfiguration: true, RouterLifetime: 30 * time.Minute,
		Options: []ndp.Option{onLink()},
	}
}

func onLink() *ndp.PrefixInformation {
	return &ndp.PrefixInformation{Prefix: served.Addr(), PrefixLength: 64, OnLink: true, ValidLifetime: time.Hour, PreferredLifetime: time.Hour}
}

// changed is right with something else.
func changed(f func(*ndp.RouterAdvertisement, *ndp.PrefixInformation)) *ndp.RouterAdvertisement {
	ra := right()
	f(ra, ra.Options[0].(*ndp.PrefixInformation))
	return ra
}

func (l *lab) advertise(from netip.Addr, ra *ndp.RouterAdvertisement) {
	l.socket.messages <- icmp6.Message{Interface: 2, From: from, Body: ra}
}

// wait lets time go by.
func (l *lab) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// problems gives the names of what is wrong now.
func (l *lab) problems() (names []string) {
	for _, p := range l.watch.Report().Links[0].Problems {
		names = append(names, p.Name)
	}
	return names
}

func (l *lab) want(names ...string) {
	l.t.Helper()
	if got := l.problems(); !slices.Equal(got, names) {
		l.t.Errorf("problems are %v, want %v", got, names)
	}
}

// events gives what was told, as words.
func (l *lab) events() (out []string) {
	for _, e := range l.told {
		out = append(out, fmt.Sprintf("%s %s %s", e.Kind, e.Link, e.Reason))
	}
	return out
}

func TestWithoutAnyRouterALinkIsWarnedOfOnceAndMended(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.wait(59 * time.Second)
		l.want()
		l.wait(2 * time.Second)
		l.want(event.NoRouter)
		l.wait(time.Hour)
		if got := l.events(); !slices.Equal(got, []string{"ra-problem prov0 no-router"}) || len(l.log.AllEntries()) != 1 {
			t.Errorf("told %v in %d lines, want it once", got, len(l.log.AllEntries()))
		}
		if lines := l.watch.Health(); len(lines) != 1 || !strings.HasPrefix(lines[0], "prov0: no router advertisement was seen") {
			t.Errorf("health says %q", lines)
		}
		l.advertise(router1, right())
		l.wait(settled + 2*lookInterval)
		l.want()
		if got := l.events(); len(got) != 2 || got[1] != "ra-ok prov0 no-router" || l.watch.Health() != nil {
			t.Errorf("then told %v, health %q", got, l.watch.Health())
		}
	})
}

func TestRoutersAreAskedUntilOneAnswers(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.wait(time.Hour)
		if l.socket.solicited != maxSolicitations {
			t.Errorf("asked %d times, want %d", l.socket.solicited, maxSolicitations)
		}
	})
	inLab(t, nil, func(l *lab) {
		l.wait(time.Second)
		l.advertise(router1, right())
		l.wait(time.Minute)
		if l.socket.solicited != 1 {
			t.Errorf("asked %d times, want once, since there was an answer", l.socket.solicited)
		}
	})
	inLab(t, func(r *Rules) { r.Solicit = false }, func(l *lab) {
		l.wait(time.Minute)
		if l.socket.solicited != 0 {
			t.Errorf("asked %d times, want never, as configured", l.socket.solicited)
		}
	})
}

func TestAdvertisementsAreComparedWithTheConfiguration(t *testing.T) {
	leased := managed.Flags{Managed: true, Other: true}
	for name, tc := range map[string]struct {
		want     managed.Flags
		ra       *ndp.RouterAdvertisement
		problems []string
	}{
		"as it should be": {leased, right(), nil},
		"no M flag": {leased, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.ManagedConfiguration = false }),
			[]string{event.ManagedMissing}},
		"O flag only for options": {managed.Flags{Other: true}, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.ManagedConfiguration = false }), nil},
		"no O flag": {managed.Flags{Other: true}, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) {
			ra.ManagedConfiguration, ra.OtherConfiguration = false, false
		}), []string{event.OtherMissing}},
		"M flag for options only":          {managed.Flags{Other: true}, right(), []string{event.ManagedInVain}},
		"M flag for a plugin nobody knows": {managed.Flags{Other: true, Unsure: true}, right(), nil},
		"no prefix":                        {leased, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.Options = nil }), []string{event.PrefixNotOnLink}},
		"another prefix": {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) {
			p.Prefix = netip.MustParseAddr("2001:db8:11::")
		}), []string{event.PrefixNotOnLink}},
		"a shorter prefix": {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) {
			p.Prefix, p.PrefixLength = netip.MustParseAddr("2001:db8::"), 32
		}), nil},
		"a longer prefix":                   {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.PrefixLength = 80 }), []string{event.PrefixNotOnLink}},
		"a prefix without the L flag":       {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.OnLink = false }), []string{event.PrefixNotOnLink}},
		"a prefix with the A flag":          {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.AutonomousAddressConfiguration = true }), []string{event.PrefixAutonomous}},
		"the A flag where none are leased":  {managed.Flags{Other: true, Unsure: true}, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.AutonomousAddressConfiguration = true }), nil},
		"a prefix with a lifetime of 0":     {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.ValidLifetime = 0 }), []string{event.PrefixEnded}},
		"no default router":                 {leased, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.RouterLifetime = 0 }), []string{event.NoDefaultRouter}},
		"a prefix whose length is nonsense": {leased, changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.PrefixLength = 200 }), []string{event.PrefixNotOnLink}},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, nil, func(l *lab) {
				l.serve(tc.want)
				l.advertise(router1, tc.ra)
				l.wait(2 * time.Second)
				l.want(tc.problems...)
			})
		})
	}
}

func TestARouterThatGoesSilentIsMissed(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.advertise(router1, right())
		l.wait(30*time.Minute - time.Second)
		l.want()
		l.wait(3 * time.Second)
		l.want(event.RouterSilent)
		l.wait(forgetTime + settled + time.Second)
		l.want(event.NoRouter)
		l.advertise(router1, right())
		l.wait(2 * settled)
		l.want()
	})
}

func TestARouterThatEndsIsNoDefaultRouterAnyMore(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.advertise(router1, right())
		l.wait(2 * time.Second)
		l.advertise(router1, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.RouterLifetime = 0 }))
		l.wait(2 * time.Second)
		l.want(event.NoDefaultRouter)
		l.advertise(router2, right())
		l.wait(2 * settled)
		l.want()
	})
}

func TestRoutersThatContradictEachOther(t *testing.T) {
	for name, tc := range map[string]struct {
		other *ndp.RouterAdvertisement
		want  string
	}{
		"the same":     {right(), ""},
		"another M":    {changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.ManagedConfiguration = false }), "the M flag"},
		"another O":    {changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.OtherConfiguration = false }), ""},
		"not on-link":  {changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.OnLink = false }), "the L flag of 2001:db8:10::/64"},
		"no longer so": {changed(func(_ *ndp.RouterAdvertisement, p *ndp.PrefixInformation) { p.ValidLifetime = 0 }), "the valid lifetime of 2001:db8:10::/64"},
		"another MTU": {changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) {
			ra.Options = append(ra.Options, ndp.NewMTU(1400))
		}), "the MTU, 1500 or 1400"},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, nil, func(l *lab) {
				l.advertise(router1, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) {
					ra.Options = append(ra.Options, ndp.NewMTU(1500))
				}))
				l.advertise(router2, tc.other)
				l.wait(2 * time.Second)
				problems := l.watch.Report().Links[0].Problems
				switch {
				case tc.want == "":
					l.want()
				case len(problems) != 1 || problems[0].Name != event.RoutersDisagree || !strings.Contains(problems[0].Text, "fe80::1 and fe80::2 contradict each other about "+tc.want+":"):
					t.Errorf("got %v, want %s", problems, tc.want)
				}
			})
		})
	}
}

func TestARouterThatChangesItsMindIsToldOfNowAndThen(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		for range 300 {
			l.advertise(router1, right())
			l.wait(time.Second)
			l.advertise(router1, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.ManagedConfiguration = false }))
			l.wait(time.Second)
		}
		if got := l.events(); len(got) != 1 {
			t.Errorf("told %v, want it once", got)
		}
	})
}

func TestAFloodOfAdvertisementsIsBounded(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.advertise(router1, right())
		for i := range 20_000 {
			from := netip.AddrFrom16([16]byte{0xfe, 0x80, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)})
			l.advertise(from, changed(func(ra *ndp.RouterAdvertisement, p *ndp.PrefixInformation) {
				ra.ManagedConfiguration = i%2 == 0
				for range 100 {
					ra.Options = append(ra.Options, &ndp.RecursiveDNSServer{Servers: []netip.Addr{from, from}}, onLink())
				}
			}))
			if i%2000 == 0 {
				l.wait(time.Second)
			}
		}
		routers := l.watch.Report().Links[0].Routers
		if len(routers) != maxRouters {
			t.Errorf("%d routers are known, want %d", len(routers), maxRouters)
		}
		for _, r := range routers {
			if len(r.Prefixes) > maxPrefixes || len(r.DNS) > maxDNS {
				t.Errorf("of %s %d prefixes and %d DNS servers are known", r.Address, len(r.Prefixes), len(r.DNS))
			}
		}
		if n := len(l.log.AllEntries()); n > len(event.LinkProblems()) {
			t.Errorf("%d lines in the log", n)
		}
	})
}

func TestWhatIsIgnoredIsNoProblem(t *testing.T) {
	inLab(t, func(r *Rules) { r.Ignore = []string{event.NoRouter} }, func(l *lab) {
		l.wait(time.Hour)
		l.want()
	})
}

func TestALinkThatServesNobodyIsNotJudged(t *testing.T) {
	for name, link := range map[string]Link{
		"no carrier":        {Up: false, Watched: true, Served: []netip.Prefix{served}},
		"switched off":      {Up: true, Watched: false, Served: []netip.Prefix{served}},
		"nothing is leased": {Up: true, Watched: true},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, nil, func(l *lab) {
				link.Index, link.Interface, link.Name = 2, "prov0", "prov0"
				l.watch.SetLinks([]Link{link}, managed.Flags{Managed: true})
				l.wait(time.Hour)
				l.want()
			})
		})
	}
}

func TestACarrierThatComesBackBeginsAnew(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.advertise(router1, right())
		l.wait(2 * time.Second)
		link := Link{Index: 2, Interface: "prov0", Name: "prov0", Watched: true, Served: []netip.Prefix{served}}
		l.watch.SetLinks([]Link{link}, managed.Flags{Managed: true})
		link.Up = true
		l.watch.SetLinks([]Link{link}, managed.Flags{Managed: true})
		if routers := l.watch.Report().Links[0].Routers; len(routers) != 0 {
			t.Errorf("%v are still known", routers)
		}
		l.wait(2 * time.Minute)
		l.want(event.NoRouter)
		l.watch.SetLinks(nil, managed.Flags{Managed: true})
		if n := len(l.watch.Report().Links); n != 0 {
			t.Errorf("%d links are known that are gone", n)
		}
	})
}

func TestWhatThisServerSendsIsARouterToo(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		ra := right()
		ra.RouterLifetime = 0
		data, err := ndp.MarshalMessage(ra)
		if err != nil {
			t.Fatal(err)
		}
		l.watch.Sent(2, data)
		l.wait(2 * time.Minute / 2)
		l.want()
		routers := l.watch.Report().Links[0].Routers
		if len(routers) != 1 || !routers[0].Own || !routers[0].Managed {
			t.Errorf("known are %+v, want this server", routers)
		}
	})
}

func TestAdviceNamesTheCause(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		if got := l.watch.Advice("prov0"); got != "no RA seen on prov0" {
			t.Errorf("at first %q", got)
		}
		l.advertise(router1, changed(func(ra *ndp.RouterAdvertisement, _ *ndp.PrefixInformation) { ra.ManagedConfiguration = false }))
		synctest.Wait()
		if got := l.watch.Advice("prov0"); got != "no RA with M seen on prov0" {
			t.Errorf("without M %q", got)
		}
		l.advertise(router1, right())
		synctest.Wait()
		if got := l.watch.Advice("prov0") + l.watch.Advice("elsewhere"); got != "" {
			t.Errorf("with M %q", got)
		}
	})
}

func TestMalformedAdvertisementsAreCounted(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		l.socket.messages <- icmp6.Message{Interface: 2, From: router1, Malformed: "hop-limit"}
		l.socket.messages <- icmp6.Message{Interface: 9, From: router1, Malformed: "hop-limit"}
		synctest.Wait()
		l.wantMetric("stage6_linkwatch_malformed_total{prov0,hop-limit} 1")
	})
}

func TestAnotherServerIsToldOfOnce(t *testing.T) {
	inLab(t, func(r *Rules) { r.Known = []ident.DUID{"pair"} }, func(l *lab) {
		for range 10 {
			l.watch.Named([]byte("stranger"), "prov0")
			l.watch.Named([]byte("pair"), "prov0")
			l.watch.Named([]byte("own"), "prov0")
			l.watch.Named(nil, "prov0")
			l.watch.Named(make([]byte, 1000), "prov0")
			synctest.Wait()
		}
		if len(l.told) != 1 || l.told[0].Kind != event.OtherServer || l.told[0].OtherDUID != "stranger" || l.told[0].Link != "prov0" {
			t.Errorf("told %+v, want the stranger once", l.told)
		}
		servers := l.watch.Report().Servers
		if len(servers) != 2 || servers[0].Count != 10 || servers[0].Known || !servers[1].Known {
			t.Errorf("known are %+v", servers)
		}
		l.wantMetric("stage6_linkwatch_servers{} 1")
		l.wait(quietTime)
		l.watch.Named([]byte("stranger"), "prov0")
		synctest.Wait()
		if got := l.events(); len(got) != 3 || got[1] != "ra-problem prov0 no-router" || got[2] != "other-server prov0 " {
			t.Errorf("told %q, want it once more after a long time", got)
		}
	})
}

func TestMadeUpServersAreBounded(t *testing.T) {
	inLab(t, nil, func(l *lab) {
		for i := range 10_000 {
			l.watch.Named([]byte(fmt.Sprint("made-up", i)), "prov0")
			if i%10 == 0 {
				synctest.Wait()
			}
		}
		if n := len(l.watch.Report().Servers); n != maxServers {
			t.Errorf("%d servers are known, want %d", n, maxServers)
		}
		l.watch.Named([]byte("real"), "prov0")
		synctest.Wait()
		if !slices.ContainsFunc(l.told, func(e event.Event) bool { return e.OtherDUID == "real" }) {
			t.Error("the real one is not told of")
		}
	})
}
