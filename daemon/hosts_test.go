package daemon

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	handlers "github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/api/apitest"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/memory"
)

// known is three hosts as a file has them.
func known() []host.Host {
	iaid := uint32(7)
	return []host.Host{{
		Name: "web02", State: host.Deploy, Source: "hosts.yml:9", Tags: []string{"rhel", "web"},
		Interfaces: []host.Interface{
			{Name: "eth0", MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 2}}, Addresses: []host.Address{{Prefix: netip.MustParsePrefix("::102/128"), HostPart: true}}},
			{Name: "eth1", MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xcc, 2}}},
		},
	}, {
		Name: "web01", Source: "hosts.yml:1", Hostname: "web01.example.net", UUIDs: []ident.UUID{{15: 1}},
		Interfaces: []host.Interface{{
			MACs:      []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}},
			Ports:     []ident.Port{"interface-id:ge-0/0/7"},
			Addresses: []host.Address{{Prefix: netip.MustParsePrefix("2001:db8:10::100/125")}},
			Prefixes:  []netip.Prefix{netip.MustParsePrefix("2001:db8:f001::/56")},
		}},
	}, {
		Name: "db01", State: host.Installed, Source: "hosts.yml:5",
		Interfaces: []host.Interface{{Clients: []host.Client{{DUID: "\x00\x03\x00\x01"}, {DUID: "\x00\x03\x00\x02", IAID: &iaid}}}},
	}}
}

// hostService is a service that knows of hosts only, and the log that it
// writes.
func hostService(t *testing.T) (*service, *logtest.Hook) {
	t.Helper()
	r := host.NewRegistry()
	if err := r.Replace("hosts.yml", known()); err != nil {
		t.Fatal(err)
	}
	states, err := assembly.LoadStates(t.Context(), r, memory.New())
	if err != nil {
		t.Fatal(err)
	}
	log, hook := logtest.NewNullLogger()
	s := &service{states: states, log: log}
	s.current.Store(&generation{parts: &assembly.Assembly{Hosts: r}})
	return s, hook
}

// serveHosts answers for a service on a socket and gives its address.
func serveHosts(t *testing.T, s *service) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	web := &httptest.Server{Listener: l, Config: &http.Server{Handler: apitest.Checked(t, handlers.NewHandler(s, prometheus.NewRegistry()))}}
	web.Start()
	t.Cleanup(web.Close)
	return "unix:" + path
}

// TestHostCommands runs commands one after the other against one server.
func TestHostCommands(t *testing.T) {
	s, _ := hostService(t)
	socket := serveHosts(t, s)
	for _, c := range []struct {
		name, args     string
		code           int
		stdout, stderr string
	}{
		{"hosts are listed by name", "hosts", exitOK, `
NAME   STATE      SET  MAC                                  ADDRESS OR PREFIX                        TAGS
db01   installed  -    -                                    -                                        -
web01  new        -    52:54:00:aa:bb:01                    2001:db8:10::100/125,2001:db8:f001::/56  -
web02  deploy     -    52:54:00:aa:bb:02,52:54:00:aa:cc:02  ::102                                    rhel,web
`, ``},
		{"an installer is done", "installed web02", exitOK, "web02 is installed (was set; the source says deploy)\n", ``},
		{"hosts in a state", "hosts list --state installed", exitOK, `
NAME   STATE      SET  MAC                                  ADDRESS OR PREFIX  TAGS
db01   installed  -    -                                    -                  -
web02  installed  yes  52:54:00:aa:bb:02,52:54:00:aa:cc:02  ::102              rhel,web
`, ``},
		{"several hosts, one of which is not known", "deploy web01 web09 db01", exitAbsent,
			"web01 is deploy (was set; the source says new)\ndb01 is deploy (was set; the source says installed)\n",
			"stage6: host \"web09\" not found\n"},
		{"hosts that are not known", "lock web08 web09", exitAbsent, ``,
			"stage6: host \"web08\" not found\nstage6: host \"web09\" not found\n"},
		{"a host is locked", "lock db01", exitOK, "db01 is locked (was set; the source says installed)\n", ``},
		{"a host is shown", "hosts show web02", exitOK, `
name       web02
state      installed (was set; the source says deploy)
pinned     -
hostname   -
tags       rhel,web
UUID       -
source     hosts.yml:9
interface  eth0
MAC        52:54:00:aa:bb:02
DUID       -
port       -
reserved   ::102
interface  eth1
MAC        52:54:00:aa:cc:02
DUID       -
port       -
reserved   -
`, ``},
		{"states are reset", "hosts reset web02 db01", exitOK, "web02 is deploy\ndb01 is installed\n", ``},
		{"a host as JSON", "hosts show db01 --json", exitOK,
			`{"name":"db01","state":"installed","state_set":false,"state_in_source":"installed",` +
				`"interfaces":[{"clients":[{"duid":"00:03:00:01"},{"duid":"00:03:00:02","iaid":7}]}],"source":"hosts.yml:5"}` + "\n", ``},
		{"hosts as JSON", "hosts --json --name w*1", exitOK,
			`[{"name":"web01","state":"deploy","state_set":true,"state_in_source":"new","hostname":"web01.example.net","uuids":["00000000-0000-0000-0000-000000000001"],` +
				`"interfaces":[{"macs":["52:54:00:aa:bb:01"],"ports":["interface-id:ge-0/0/7"],"addresses":["2001:db8:10::100/125"],"prefixes":["2001:db8:f001::/56"]}],"source":"hosts.yml:1"}]` + "\n", ``},
		{"a state as JSON", "installed db01 --json", exitOK,
			`[{"name":"db01","state":"installed","state_set":true,"state_in_source":"installed",` +
				`"interfaces":[{"clients":[{"duid":"00:03:00:01"},{"duid":"00:03:00:02","iaid":7}]}],"source":"hosts.yml:5"}]` + "\n", ``},
		{"an installed system is told", "installed web01 --duid 00:02:00:00:ab:11:01", exitOK,
			"web01 is installed (was set; the source says new), its system has the DUID 00:02:00:00:ab:11:01\n", ``},
		{"an installed system of two hosts", "installed web01 db01 --duid 00:02:00:00:ab:11:01", exitUsage, ``,
			"stage6: stage6 installed: --duid is of one host, and 2 are named\n"},
		{"a DUID that is none", "installed web01 --duid 00:02", exitUsage, ``,
			"stage6: DUID \"00:02\": 2 octets, want at least 3 (a type of 2 and an identifier)\n"},
		{"a DUID that another host has", "hosts pin web02 00020000ab1101", exitInWay, ``,
			"stage6: host \"web02\": DUID 00:02:00:00:ab:11:01 is already that of host \"web01\", to which it was pinned\n"},
		{"a DUID of a host that is not known", "hosts pin web09 00020000ab1102", exitAbsent, ``, "stage6: host \"web09\" not found\n"},
		{"a DUID is pinned", "hosts pin db01 00020000ab1102", exitOK,
			"db01 is installed (was set; the source says installed), its system has the DUID 00:02:00:00:ab:11:02\n", ``},
		{"a pinned DUID in JSON", "hosts unpin db01 --json", exitOK,
			`[{"name":"db01","state":"installed","state_set":true,"state_in_source":"installed",` +
				`"interfaces":[{"clients":[{"duid":"00:03:00:01"},{"duid":"00:03:00:02","iaid":7}]}],"source":"hosts.yml:5"}]` + "\n", ``},
		{"a host that is to be installed again", "deploy web01", exitOK, "web01 is deploy (was set; the source says new)\n", ``},
		{"no host is selected", "hosts --mac 52:54:00:00:00:01", exitOK, "no hosts\n", ``},
		{"a host by its MAC", "hosts --mac 52:54:00:aa:cc:02", exitOK, `
NAME   STATE   SET  MAC                                  ADDRESS OR PREFIX  TAGS
web02  deploy  -    52:54:00:aa:bb:02,52:54:00:aa:cc:02  ::102              rhel,web
`, ``},
		{"a host that is not known", "hosts show web09", exitAbsent, ``, "stage6: host \"web09\" not found\n"},
		{"a state that is none", "hosts --state done", exitUsage, ``, "stage6: state \"done\": want new, deploy, installed or locked\n"},
		{"a pattern that is none", "hosts --name [", exitUsage, ``, "stage6: name \"[\": want a name or a pattern such as web*\n"},
		{"a MAC that is none", "hosts --mac web01", exitUsage, ``, "stage6: MAC \"web01\": want six octets in hexadecimal, such as 52:54:00:aa:bb:01\n"},
		{"names are completed", "__complete installed web", exitOK, "web01\tdeploy\nweb02\tdeploy\n:4\n", "Completion ended with directive: ShellCompDirectiveNoFileComp\n"},
		{"the host of leases is completed", "__complete leases --host web", exitOK, "web01\tdeploy\nweb02\tdeploy\n:4\n", "Completion ended with directive: ShellCompDirectiveNoFileComp\n"},
		{"one name is enough to show", "__complete hosts show web01 w", exitOK, ":4\n", "Completion ended with directive: ShellCompDirectiveNoFileComp\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := strings.Fields(c.args)
			at := 1
			if args[0] == "__complete" {
				at = 2
			}
			args = append(args[:at:at], append([]string{"--api", socket}, args[at:]...)...)
			if code := run(t.Context(), nil, args, &stdout, &stderr); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.stdout, "\n"), stdout.String()); diff != "" {
				t.Errorf("stdout (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.stderr, stderr.String()); diff != "" {
				t.Errorf("stderr (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAnAddressThatMayBeginAPrefixIsAskedForWithALength(t *testing.T) {
	for text, want := range map[string]string{
		"2001:db8:f001::":    "; a delegated prefix is named with its length, such as 2001:db8:f001::/56",
		"2001:db8:f001::/56": "",
		"2001:db8::1":        "",
	} {
		p, err := api.ParsePrefix(text)
		if got := lengthHint(p); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestFilesOfHostsThatAreWrongAreAProblem(t *testing.T) {
	s := &service{events: events.New(time.Now)}
	for _, step := range []struct {
		kind event.Kind
		want string
	}{
		{event.Started, ""},
		{event.HostsBroken, "hosts are wrong, those read before stay: hosts.yml:2:1: a tab"},
		{event.LinkUp, "hosts are wrong, those read before stay: hosts.yml:2:1: a tab"},
		{event.HostsLoaded, ""},
	} {
		s.events.Publish(event.Event{Kind: step.kind, Text: "hosts.yml:2:1: a tab"})
		if got := s.brokenHosts(); got != step.want {
			t.Errorf("after %v: got %q, want %q", step.kind, got, step.want)
		}
	}
}

func TestHostsComeInPages(t *testing.T) {
	s, _ := hostService(t)
	for _, c := range []struct {
		name  string
		query api.HostQuery
		want  []string
		next  string
	}{
		{"the first page", api.HostQuery{Limit: 2}, []string{"db01", "web01"}, "web01"},
		{"the last page", api.HostQuery{Limit: 2, After: "web01"}, []string{"web02"}, ""},
		{"a page that is full, and the last", api.HostQuery{Limit: 2, After: "db01"}, []string{"web01", "web02"}, ""},
		{"a page of a selection", api.HostQuery{Limit: 1, Name: "web*"}, []string{"web01"}, "web01"},
		{"behind a host that is gone", api.HostQuery{Limit: 1, After: "e"}, []string{"web01"}, "web01"},
		{"behind all", api.HostQuery{Limit: 1, After: "x"}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, err := s.Hosts(c.query)
			var got []string
			for _, h := range page.Hosts {
				got = append(got, h.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || page.Next != c.next || err != nil {
				t.Errorf("next %q, want %q, %v (-want +got)\n%s", page.Next, c.next, err, diff)
			}
		})
	}
}

func TestAChangeOfStateIsLogged(t *testing.T) {
	s, hook := hostService(t)
	if _, err := s.SetState(t.Context(), "web02", host.Installed); err != nil {
		t.Fatal(err)
	}
	want := logrus.Fields{"host": "web02", "state": host.Installed, "before": host.Deploy}
	if e := hook.LastEntry(); e == nil || e.Level != logrus.InfoLevel || !cmp.Equal(want, e.Data) {
		t.Errorf("got %+v", e)
	}
	hook.Reset()
	if _, err := s.SetState(t.Context(), "web09", host.Installed); err == nil || hook.LastEntry() != nil {
		t.Errorf("an unknown host: %v, log %+v", err, hook.LastEntry())
	}
}
