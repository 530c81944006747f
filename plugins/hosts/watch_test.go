package hosts

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

const (
	oneHost  = "web01: {mac: 52:54:00:aa:bb:01}\n"
	twoHosts = oneHost + "web02: {mac: 52:54:00:aa:bb:02}\n"
)

// following is a handler with what it does beside the packets.
type following struct {
	*handler
	hook    *test.Hook
	metrics *prometheus.Registry
	told    *events.Log
}

// follow makes a handler for files.
func follow(t *testing.T, paths ...string) *following {
	t.Helper()
	log, hook := test.NewNullLogger()
	log.SetOutput(io.Discard)
	node, err := strict.Parse("plugin.yml", []byte("["+strings.Join(paths, ", ")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	metrics := prometheus.NewRegistry()
	table, told := bindings.New(time.Now, bindings.Options{}), events.New(time.Now)
	h, err := Plugin.New(func(into any) error { return strict.Decode(node, into) }, pipeline.Env{
		Name: "hosts", Log: logrus.NewEntry(log), Clock: time.Now, Hosts: host.NewRegistry(), Metrics: metrics, Events: pipeline.NewEvents(told),
		Pools: pipeline.NewPools(table.NewPoolSet()), Path: func(name string) string { return name },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &following{h.(*handler), hook, metrics, told}
}

// run runs the handler until the test ends.
func (f *following) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// metric gives the value of a gauge.
func (f *following) metric(t *testing.T, name string) float64 {
	t.Helper()
	families, err := f.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range families {
		if m.GetName() == name {
			return m.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// turn makes link a symbolic link to target, at once.
func turn(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link+".new"); err != nil {
		t.Fatal(err)
	}
	rename(t, link+".new", link)
}

// makeFolder makes a folder with a file hosts.yml.
func makeFolder(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "hosts.yml"), text)
}

func TestFilesAreReadAgainWhicheverWayTheyChange(t *testing.T) {
	const currentFolder = "a link to the folder that it is named in is turned"
	for name, put := range map[string]func(t *testing.T, folder, text string){
		"written in place": func(t *testing.T, folder, text string) {
			write(t, filepath.Join(folder, "hosts.yml"), text)
		},
		currentFolder: func(t *testing.T, folder, text string) {
			version := "v" + string(rune('0'+len(text)%7))
			makeFolder(t, filepath.Join(folder, version), text)
			turn(t, version, filepath.Join(folder, "current"))
		},
		"another file is put in its place": func(t *testing.T, folder, text string) {
			write(t, filepath.Join(folder, ".hosts.yml.swp"), text)
			rename(t, filepath.Join(folder, ".hosts.yml.swp"), filepath.Join(folder, "hosts.yml"))
		},
		"it is moved away and made anew": func(t *testing.T, folder, text string) {
			file := filepath.Join(folder, "hosts.yml")
			if _, err := os.Stat(file); err == nil {
				rename(t, file, file+"~")
			}
			write(t, file, text)
		},
		"a link to its folder is turned": func(t *testing.T, folder, text string) {
			version := "..v" + string(rune('0'+len(text)%7))
			makeFolder(t, filepath.Join(folder, version), text)
			turn(t, version, filepath.Join(folder, "..data"))
			if _, err := os.Lstat(filepath.Join(folder, "hosts.yml")); err != nil {
				turn(t, "..data/hosts.yml", filepath.Join(folder, "hosts.yml"))
			}
		},
		"a link to it is turned": func(t *testing.T, folder, text string) {
			version := filepath.Join(folder, "v"+string(rune('0'+len(text)%7)))
			makeFolder(t, version, text)
			turn(t, filepath.Join(version, "hosts.yml"), filepath.Join(folder, "hosts.yml"))
		},
		"what a link leads to is written": func(t *testing.T, folder, text string) {
			makeFolder(t, filepath.Join(folder, "elsewhere"), text)
			turn(t, "elsewhere/hosts.yml", filepath.Join(folder, "hosts.yml"))
			write(t, filepath.Join(folder, "elsewhere", "hosts.yml"), text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			put(t, folder, oneHost)
			file := filepath.Join(folder, "hosts.yml")
			if name == currentFolder {
				file = filepath.Join(folder, "current", "hosts.yml")
			}
			f := follow(t, file)
			f.run(t)
			for range 2 { // the watch stands when the first change has been seen
				f.becomes(t, 2, func() { put(t, folder, twoHosts) })
				f.becomes(t, 1, func() { put(t, folder, oneHost) })
			}
		})
	}
}

// becomes waits until there are n hosts after a change.
func (f *following) becomes(t *testing.T, n int, change func()) {
	t.Helper()
	becomes(t, f.registry, func() bool { return f.registry.Len() == n }, change)
}

// becomes waits until the hosts are as wanted after a change.
func becomes(t *testing.T, r *host.Registry, wanted func() bool, change func()) {
	t.Helper()
	changed := r.Changed()
	change()
	end := time.After(time.Minute)
	for !wanted() {
		select {
		case <-changed:
			changed = r.Changed()
		case <-end:
			t.Fatalf("there are %d hosts after a change, which are not those that were wanted", r.Len())
		}
	}
}

func TestAChangeBeforeTheWatchStandsIsSeen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.yml")
	write(t, file, oneHost)
	f := follow(t, file)
	f.becomes(t, 2, func() {
		write(t, file, twoHosts)
		f.run(t)
	})
}

func TestABrokenEditKeepsWhatWasReadBefore(t *testing.T) {
	folder := t.TempDir()
	a, b := filepath.Join(folder, "a.yml"), filepath.Join(folder, "b.csv")
	write(t, a, oneHost)
	write(t, b, "name,mac,tags\nweb02,52:54:00:aa:bb:02,rhel\n")
	f := follow(t, a, b)
	for name, tc := range map[string]struct{ text, want string }{
		"a wrong value":           {"name,mac,tags\nweb02,52:54:00:aa:bb:03,rhel\nweb03,x,\nweb04,x,\n", `b.csv:3:7: mac: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`},
		"a clash of two files":    {"name,mac,tags\nweb03,52:54:00:aa:bb:01,\n", `b.csv:2:7: mac: MAC 52:54:00:aa:bb:01 is that of host "web01", too, at ` + a + ":1:14"},
		"a file that was emptied": {" ", ""},
		"no file":                 {"", `plugin.yml:1:`},
	} {
		t.Run(name, func(t *testing.T) {
			f.hook.Reset()
			write(t, b, tc.text)
			if tc.want == "" {
				write(t, b, "")
				tc.want = `file "` + b + `" is empty; write a comment into it if it is to have no hosts`
			}
			if tc.text == "" {
				if err := os.Remove(b); err != nil {
					t.Fatal(err)
				}
			}
			f.reload()
			f.reload()
			if entries := f.hook.AllEntries(); len(entries) != 1 || entries[0].Level != logrus.ErrorLevel {
				t.Fatalf("got %d entries of the log, want one error: %v", len(entries), entries)
			}
			err, _ := f.hook.LastEntry().Data["error"].(error)
			if err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), folder+"/"), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			if h := f.registry.ByName("web02"); f.registry.Len() != 2 || h == nil || h.Interfaces[0].MACs[0][5] != 2 || !slices.Equal(f.Tags(), []string{"rhel"}) {
				t.Errorf("%d hosts, web02 is %+v, tags %q", f.registry.Len(), h, f.Tags())
			}
			if known, right := f.metric(t, "stage6_hosts_known"), f.metric(t, "stage6_hosts_load_successful"); known != 2 || right != 0 {
				t.Errorf("metrics: known %v, successful %v", known, right)
			}
			if n := f.metric(t, "stage6_hosts_load_errors"); n != float64(max(1, strings.Count(tc.text, ",x,"))) {
				t.Errorf("metrics: %v errors", n)
			}
		})
	}
}

func TestAGoodEditIsToldWithItsCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.yml")
	write(t, file, twoHosts+"web03: {mac: 52:54:00:aa:bb:03}\n")
	f := follow(t, file)
	write(t, file, "web01: {mac: 52:54:00:aa:bb:01, tags: new}\nweb03: {mac: 52:54:00:aa:bb:03}\nweb04: {mac: 52:54:00:aa:bb:04}\nweb05: {mac: 52:54:00:aa:bb:05}\n")
	f.reload()
	e := f.hook.LastEntry()
	if e == nil || e.Level != logrus.InfoLevel || e.Message != "hosts read again" {
		t.Fatalf("got %v", e)
	}
	for field, want := range map[string]int{"hosts": 4, "added": 2, "changed": 1, "removed": 1} {
		if e.Data[field] != want {
			t.Errorf("%s: got %v, want %d", field, e.Data[field], want)
		}
	}
	if known, right := f.metric(t, "stage6_hosts_known"), f.metric(t, "stage6_hosts_load_successful"); known != 4 || right != 1 {
		t.Errorf("metrics: known %v, successful %v", known, right)
	}
	if !slices.Equal(f.Tags(), []string{"new"}) {
		t.Errorf("tags %q", f.Tags())
	}
}

func TestAHostHasItsOptionsAlsoWhenItsStateWasSetOrItWasJustReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.yml")
	write(t, file, "web01: {mac: 52:54:00:aa:bb:01, options: {dns_servers: '2001:db8::1', 56: [ntp.example, '2001:db8::7b'], 17: {enterprise: 1, hex: ff}}}\n")
	f := follow(t, file)
	old := f.registry.ByName("web01")
	f.reload()
	f.registry.SetState("web01", host.Deploy)
	is := f.registry.ByName("web01")
	if is == old || len(f.options.of(old)) != 3 || len(f.options.of(is)) != 3 {
		t.Errorf("%d options of the host of before, %d of the host", len(f.options.of(old)), len(f.options.of(is)))
	}
}
