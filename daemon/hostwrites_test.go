package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	handlers "github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// writable gives a service with the hosts of known and one link, to which hosts
// can be added.
func writable(t testing.TB, store lease.Store) *service {
	t.Helper()
	node, err := strict.Parse("config.yml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	log, _ := logtest.NewNullLogger()
	told := events.New(time.Now)
	s := &service{clock: testClock(t), log: log, events: told, table: bindings.New(time.Now, bindings.Options{}), store: store}
	plugins := assembly.Plugins{pipeline.DefineOnce("hosts", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
		return pipeline.HandlerFunc(func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { return pipeline.Continue, nil }), nil
	})}
	parts, err := plugins.Make(assembly.Surroundings{
		File:  config.File{Server6: config.Server6{Plugins: []config.Item{{Plugin: "hosts", Name: "hosts", Config: node, Node: node}}}},
		Table: s.table, Pools: s.table.NewPoolSet(), Log: log, Clock: time.Now, Metrics: prometheus.NewRegistry(), Events: pipeline.NewEvents(told),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := parts.Hosts.Replace("hosts.yml", known()); err != nil {
		t.Fatal(err)
	}
	if s.states, err = parts.LoadStates(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	s.current.Store(&generation{parts: parts})
	s.server = server.New(s.table, server.NewGeneration(server.Settings{}, "", parts.Hosts, nil), link.NewTable([]*link.Link{{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}}, nil))
	return s
}

const api01 = `{"name": "api01", "tags": ["web"], "interfaces": [{"macs": ["52:54:00:aa:dd:01"], "addresses": ["2001:db8:10::d01", "::d1"]}], "options": {"dns_servers": "2001:db8::53"}}`

// create makes api01.
func create(t *testing.T, s *service) api.Host {
	t.Helper()
	h, err := s.WriteHost(t.Context(), handlers.HostWrite{Text: []byte(api01), Match: handlers.Match{NotThere: true}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAHostThatIsWrittenIsThereAtOnceAndAfterARestart(t *testing.T) {
	store := memory.New()
	s := writable(t, store)
	made := create(t, s)
	if made.Version == 0 || made.Source != "api" || len(made.Warnings) != 0 {
		t.Errorf("made: %+v", made)
	}
	for _, s := range []*service{s, writable(t, store)} {
		got, err := s.Host("api01")
		if diff := cmp.Diff(made, got); diff != "" || err != nil {
			t.Errorf("%v (-made +got)\n%s", err, diff)
		}
		if m, ok := s.now().parts.Hosts.ByMAC(ident.MAC{0x52, 0x54, 0, 0xaa, 0xdd, 1}); !ok || m.Host.Name != "api01" {
			t.Error("its MAC is nobody's")
		}
	}
}

func TestWhatIsWrittenIsReservedUntilItIsDeleted(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	write := func(text string) {
		t.Helper()
		if _, err := s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	picks := func(want ...string) {
		t.Helper()
		pool := pipelinePool(t, s, "2001:db8:10::d01", "2001:db8:10::d01")
		part := pipelinePool(t, s, "2001:db8:10::d1", "2001:db8:10::d1")
		var got []string
		for _, p := range []*bindings.Pool{pool, part} {
			if a, ok := s.table.Pick(p, []byte("somebody"), ident.IA{Type: ident.NA, ID: 1}, nil, 0); ok {
				got = append(got, a.Addr().String())
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("given from pools (-want +got)\n%s", diff)
		}
	}
	picks()
	write(`{"interfaces": [{"macs": ["52:54:00:aa:dd:01"], "addresses": ["::d1"]}]}`)
	picks("2001:db8:10::d01")
	if _, err := s.DeleteHost(t.Context(), "api01", handlers.Match{}, false); err != nil {
		t.Fatal(err)
	}
	picks("2001:db8:10::d01", "2001:db8:10::d1")
}

func pipelinePool(t *testing.T, s *service, first, last string) *bindings.Pool {
	t.Helper()
	spec := allocator.Spec{Name: "p", Ranges: []allocator.Range{{First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last)}}}
	p, err := s.table.AddPool(spec, allocator.Sequential)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWritesThatAreRefusedSayWhatIsInTheWay(t *testing.T) {
	deploy := handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(`{"state": "deploy"}`)}
	for name, c := range map[string]struct {
		handlers.HostWrite
		want   string
		status string
	}{
		"one that is there":        {handlers.HostWrite{Text: []byte(api01), Match: handlers.Match{NotThere: true}}, `host "api01" is there already, with version 1: change it instead`, "conflict"},
		"one of a file":            {handlers.HostWrite{Name: "web01", Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:dd:02"]}]}`)}, `host "web01" is that of hosts.yml:1: change it there`, "conflict"},
		"a patch of one of a file": {handlers.HostWrite{Name: "web01", Patch: true, Text: []byte(`{"tags": ["x"]}`)}, `host "web01" is that of hosts.yml:1: change it there`, "conflict"},
		"a patch of nothing":       {handlers.HostWrite{Name: "api02", Patch: true, Text: []byte(`{"tags": ["x"]}`)}, `host "api02" not found`, "missing"},
		"the MAC of a file's":      {handlers.HostWrite{Name: "api02", Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:bb:01"]}]}`)}, `host "api02": MAC 52:54:00:aa:bb:01 is already that of host "web01" at hosts.yml:1`, "conflict"},
		"the address of another's": {handlers.HostWrite{Name: "api02", Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:dd:02"], "addresses": ["2001:db8:10::d01"]}]}`)}, `host "api02": address 2001:db8:10::d01/128 is already that of host "api01" at api`, "conflict"},
		"an address in a block":    {handlers.HostWrite{Name: "api02", Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:dd:02"], "addresses": ["2001:db8:10::103"]}]}`)}, `host "api02": address 2001:db8:10::103/128 is inside 2001:db8:10::100/125 of host "web01" at hosts.yml:1`, "conflict"},
		"another version":          {handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(`{"version": 99, "tags": []}`)}, `host "api01" has version 1 by now: look at it and change it again`, "stale"},
		"a version of nothing":     {handlers.HostWrite{Name: "api02", Text: []byte(`{"version": 99, "interfaces": [{"macs": ["52:54:00:aa:dd:02"]}]}`)}, `host "api02" is not there any more, or was not yet`, "stale"},
		"one that must not be":     {handlers.HostWrite{Name: "api01", Text: []byte(api01), Match: handlers.Match{NotThere: true}}, `host "api01" is there, with version 1`, "stale"},
		"another name":             {handlers.HostWrite{Name: "api02", Text: []byte(api01)}, `body: name "api01" is not that of the path, "api02": a host keeps its name, make another one`, "bad"},
		"no name":                  {handlers.HostWrite{Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:dd:02"]}]}`)}, `body: no name, want {"name": "web01", ...}`, "bad"},
		"a name with a slash":      {handlers.HostWrite{Name: "a/b", Text: []byte(`{"interfaces": [{"macs": ["52:54:00:aa:dd:02"]}]}`)}, `"a/b": want a name of letters, digits, dots, hyphens and underscores`, "bad"},
		"an unknown field":         {handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(`{"tag": ["x"]}`)}, `body: unknown key "tag", did you mean "tags"?`, "bad"},
		"a state":                  {deploy, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := writable(t, memory.New())
			create(t, s)
			_, err := s.WriteHost(t.Context(), c.HostWrite)
			if c.status == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || kindOf(err) != c.status {
				t.Errorf("got  %v (%s)\nwant %s (%s)", err, kindOf(err), c.want, c.status)
			}
			if h, err := s.Host("api01"); err != nil || h.Version != 1 {
				t.Errorf("it has changed: %+v, %v", h, err)
			}
		})
	}
}

// kindOf names the kind of an error of the API.
func kindOf(err error) string {
	for name, is := range map[string]func() bool{
		"conflict": func() bool { var e *api.ConflictError; return errors.As(err, &e) },
		"stale":    func() bool { var e *api.PreconditionError; return errors.As(err, &e) },
		"missing":  func() bool { var e *api.NotFoundError; return errors.As(err, &e) },
		"bad":      func() bool { var e *api.BadRequestError; return errors.As(err, &e) },
		"busy":     func() bool { var e *api.BusyError; return errors.As(err, &e) },
	} {
		if is() {
			return name
		}
	}
	return ""
}

func TestWhatAStaleWriteIsToldIsTheHostAsItIs(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	if _, err := s.SetState(t.Context(), "api01", host.Deploy); err != nil {
		t.Fatal(err)
	}
	var stale *api.PreconditionError
	_, err := s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Text: []byte(api01), Match: handlers.Match{Versions: []uint64{1}}})
	if !errors.As(err, &stale) || stale.Current == nil || stale.Current.Version != 2 || stale.Current.State != host.Deploy {
		t.Errorf("got %v, %+v", err, stale)
	}
}

func TestAHostThatIsReadAndWrittenBackIsTheSame(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	if _, err := s.SetInstalled(t.Context(), "api01", "\x00\x03\x00\x01\x52"); err != nil {
		t.Fatal(err)
	}
	is, err := s.Host("api01")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(is)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Text: text})
	if err != nil || again.Version <= is.Version {
		t.Fatalf("%v, version %d after %d", err, again.Version, is.Version)
	}
	again.Version = is.Version
	if diff := cmp.Diff(is, again); diff != "" {
		t.Errorf("(-read +written)\n%s", diff)
	}
}

func TestAPatchChangesWhatItHas(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	if _, err := s.SetState(t.Context(), "api01", host.Locked); err != nil {
		t.Fatal(err)
	}
	h, err := s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(`{"tags": ["db"], "hostname": "db.example.net", "options": null}`)})
	if err != nil || !cmp.Equal(h.Tags, []string{"db"}) || h.Hostname != "db.example.net" || h.Options != nil || h.State != host.Locked || len(h.Interfaces[0].Addresses) != 2 {
		t.Errorf("got %+v, %v", h, err)
	}
	h, err = s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(`{"state": "deploy", "options": {"domain_list": ["example.net"]}}`)})
	if err != nil || h.State != host.Deploy || h.StateSet || string(h.Options) != `{"domain_list":["example.net"]}` {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestPatchesThatCrossAreBothMade(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := fmt.Sprintf(`{"options": {"%d": {"type": "hex", "value": "0%d"}}}`, 200+i, i)
			for {
				_, err := s.WriteHost(t.Context(), handlers.HostWrite{Name: "api01", Patch: true, Text: []byte(text)})
				if err == nil {
					return
				}
				if kindOf(err) != "stale" {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	own := s.now().parts.Hosts.Own("api01")
	if n := len(own.Options); n != 9 {
		t.Errorf("%d options, want that of before and 8", n)
	}
}

// filled is a store without room.
type filled struct{ lease.Store }

func (filled) PutAll(context.Context, ...lease.Value) error {
	return errors.New("no space left on device")
}

func TestAWriteThatCannotBeKeptIsToldAndChangesNothing(t *testing.T) {
	s := writable(t, filled{memory.New()})
	_, err := s.WriteHost(t.Context(), handlers.HostWrite{Text: []byte(api01)})
	if kindOf(err) != "busy" || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Host("api01"); kindOf(err) != "missing" {
		t.Errorf("it is there: %v", err)
	}
}

func TestAHostWithLeasesIsOnlyDeletedWithForce(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	leased(t, s, "api01", "2001:db8:10::d01")
	_, err := s.DeleteHost(t.Context(), "api01", handlers.Match{}, false)
	if kindOf(err) != "conflict" || err.Error() != `host "api01" has 1 leases (2001:db8:10::d01): release them, or delete it with force` {
		t.Fatalf("got %v", err)
	}
	if h, err := s.DeleteHost(t.Context(), "api01", handlers.Match{}, true); err != nil || h.Name != "api01" {
		t.Errorf("with force: %+v, %v", h, err)
	}
	if _, err := s.DeleteHost(t.Context(), "api01", handlers.Match{}, true); kindOf(err) != "missing" {
		t.Errorf("again: %v", err)
	}
	if _, err := s.DeleteHost(t.Context(), "web01", handlers.Match{}, true); kindOf(err) != "conflict" {
		t.Errorf("one of a file: %v", err)
	}
}

// leased gives a client of a host an address.
func leased(t *testing.T, s *service, hostName, address string) {
	t.Helper()
	now := time.Now()
	b := &lease.Binding{
		Key:  lease.Key{DUID: "\x00\x03\x00\x01client", IA: ident.IA{Type: ident.NA, ID: 1}},
		Host: hostName, Link: "prov0", Stage: stage.Final, Created: now, Updated: now,
		Leases: []lease.Lease{{Prefix: netip.PrefixFrom(netip.MustParseAddr(address), 128), State: lease.Active, Valid: time.Hour, Preferred: time.Hour, Until: now.Add(time.Hour), Pool: "pool"}},
	}
	if _, err := s.table.Apply(s.table.Epoch(), []*lease.Binding{b}); err != nil {
		t.Fatal(err)
	}
}

func TestAWriteWarnsOfWhatWillNotWork(t *testing.T) {
	s := writable(t, memory.New())
	leased(t, s, "", "2001:db8:10::d01")
	text := strings.Replace(api01, `"::d1"`, `"2001:db8:77::1"`, 1)
	h, err := s.WriteHost(t.Context(), handlers.HostWrite{Text: []byte(text)})
	if err != nil || len(h.Warnings) != 2 || h.Warnings[0] != "2001:db8:77::1 is on no link, so that the host does not get it (links: prov0)" ||
		!strings.HasPrefix(h.Warnings[1], "2001:db8:10::d01 is leased to the DUID 00:03:00:01:") {
		t.Errorf("got %q, %v", h.Warnings, err)
	}
}

func TestASourceThatComesLaterGoesFirst(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	late := host.Host{Name: "api01", Source: "hosts.yml:20", Interfaces: []host.Interface{{MACs: []ident.MAC{{2, 2}}}}}
	if err := s.now().parts.Hosts.Replace("hosts.yml", append(known(), late)); err != nil {
		t.Fatal(err)
	}
	h, err := s.Host("api01")
	if err != nil || h.Source != "hosts.yml:20" || h.Aside != `host "api01": name api01 is already that of host "api01" at hosts.yml:20` {
		t.Errorf("got %+v, %v", h, err)
	}
	if page, err := s.Hosts(api.HostQuery{Source: "aside", Limit: 10}); err != nil || len(page.Hosts) != 1 {
		t.Errorf("those aside: %+v, %v", page, err)
	}
	if _, err := s.DeleteHost(t.Context(), "api01", handlers.Match{}, false); err != nil {
		t.Error(err)
	}
	if h, err := s.Host("api01"); err != nil || h.Aside != "" {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestHostsAreSearchedByAnyPart(t *testing.T) {
	s := writable(t, memory.New())
	create(t, s)
	if _, err := s.SetInstalled(t.Context(), "api01", "\x00\x04pinned"); err != nil {
		t.Fatal(err)
	}
	for search, want := range map[string]string{
		"api01":                                "api01",
		"API":                                  "api01",
		"525400aabb02":                         "web02",
		"52-54-00-AA-BB-02":                    "web02",
		"aa:bb":                                "web01 web02",
		"2001:DB8:10:0::d01":                   "api01",
		"2001:db8:10::103":                     "web01",
		"2001:db8:f001:5::/64":                 "web01",
		"2001:db8:10::102":                     "web01 web02",
		"2001:db8:10::d1":                      "api01",
		"00:04:70:69:6e":                       "api01",
		"ge-0/0/7":                             "web01",
		"deploy":                               "web02",
		"rhel deploy":                          "web02",
		"rhel installed":                       "",
		"installed api":                        "api01",
		"web01.example":                        "web01",
		"00000000-0000-0000-0000-000000000001": "web01",
		"hosts.yml:9":                          "web02",
		"nothing like it":                      "",
	} {
		page, err := s.Hosts(api.HostQuery{Search: search, Limit: 10})
		var got []string
		for i := range page.Hosts {
			got = append(got, page.Hosts[i].Name)
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", search, got, err, want)
		}
	}
}

func TestQueriesForHostsAreRefusedWithWhatIsRight(t *testing.T) {
	s := writable(t, memory.New())
	for want, q := range map[string]api.HostQuery{
		`source "x": want api, file, aside`:                {Source: "x"},
		`"fe80": want an IPv6 address or prefix`:           {Address: "fe80"},
		`name "[": want a name or a pattern such as web*`:  {Name: "["},
		`state "x": want new, deploy, installed or locked`: {State: "x"},
	} {
		if _, err := s.Hosts(q); kindOf(err) != "bad" || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for name, q := range map[string]api.HostQuery{"api01": {Source: "api"}, "web01": {Address: "2001:db8:10::105"}, "web02": {Tag: "rhel"}, "db01": {DUID: "00:03:00:01"}} {
		create := handlers.HostWrite{Name: "api01", Text: []byte(api01)}
		if _, err := s.WriteHost(t.Context(), create); err != nil {
			t.Fatal(err)
		}
		q.Limit = 10
		if page, err := s.Hosts(q); err != nil || len(page.Hosts) != 1 || page.Hosts[0].Name != name {
			t.Errorf("%+v: got %+v, %v", q, page, err)
		}
	}
}
