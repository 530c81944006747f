package daemon

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/events"
)

func TestHostsThatFilesSetAsideAreToldOfOnce(t *testing.T) {
	log, lines := logtest.NewNullLogger()
	log.SetOutput(io.Discard)
	log.SetLevel(logrus.InfoLevel)
	s := &service{log: log, events: events.New(time.Now)}
	known := func(name, source string) *host.Host {
		return &host.Host{Name: name, Source: source, Interfaces: []host.Interface{{MACs: []ident.MAC{{0x52, 0x54, 0, 0, 0, 1}}}}}
	}
	hosts := host.NewRegistry()
	replace := func(list ...host.Host) {
		t.Helper()
		if err := hosts.Replace("hosts.yml", list); err != nil {
			t.Fatal(err)
		}
	}
	if err := hosts.Put(known("web07", "api")); err != nil {
		t.Fatal(err)
	}
	told := s.tellAside(hosts, nil)
	replace(*known("file", "hosts.yml:1:1"))
	told = s.tellAside(hosts, told)
	told = s.tellAside(hosts, told)
	replace()
	s.tellAside(hosts, told)

	var got []string
	for _, e := range s.events.Read(events.Query{}).Events {
		got = append(got, e.Reason+" "+e.String())
	}
	want := []string{
		`set-aside host web07: host "web07": MAC 52:54:00:00:00:01 is already that of host "file" at hosts.yml:1:1`,
		"counts-again host web07",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if n := len(lines.AllEntries()); n != 2 {
		t.Errorf("%d lines in the log, want one for each event", n)
	}
}
