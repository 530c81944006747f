package hosts

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/events"
)

func TestWhatBecomesOfFilesIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.yml")
	write(t, file, oneHost)
	f := follow(t, file)
	for _, text := range []string{twoHosts, "web01: ", "web01: ", oneHost} { // what is wrong is told once
		write(t, file, text)
		f.reload()
	}
	var got []string
	for _, e := range f.told.Read(events.Query{}).Events {
		got = append(got, strings.ReplaceAll(e.String(), file, "FILE"))
	}
	want := []string{
		"hosts-loaded by hosts: 2 hosts: 1 added, 0 changed, 0 removed",
		"hosts-broken by hosts: FILE:1:7: web01: the host has nothing that it is recognised by, want mac, port, duid, client or uuid",
		"hosts-loaded by hosts: 1 hosts: 0 added, 0 changed, 1 removed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
}
