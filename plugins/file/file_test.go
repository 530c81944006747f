package file

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/identify"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, identify.Plugin})
}

// TestReadme starts a server with the configuration of the page and its lease
// file.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks, want the lease file and the configuration", len(blocks))
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "leases.txt"), blocks[0][1], 0o600); err != nil {
		t.Fatal(err)
	}
	prov0 := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	pipelinetest.New(t, folder, string(blocks[1][1]), []pipelinetest.Interface{prov0}, []pipeline.Plugin{Plugin})
}

// made is a handler with what it tells.
type made struct {
	*handler
	hook     *logtest.Hook
	registry *host.Registry
}

// newMade makes a handler of a file with this text.
func newMade(t *testing.T, settings, text string) (made, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "leases.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	node, err := strict.Parse("plugin.yml", []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	log, hook := logtest.NewNullLogger()
	m := made{hook: hook, registry: host.NewRegistry()}
	h, err := Plugin.New(func(into any) error { return strict.Decode(node, into) }, pipeline.Env{
		Name: "file", Log: logrus.NewEntry(log), Hosts: m.registry,
		Path: func(name string) string { return filepath.Join(folder, name) },
	})
	if err == nil {
		m.handler = h.(*handler)
	}
	return m, err
}

// known gives the hosts as lines.
func (m made) known() (out []string) {
	for _, h := range m.registry.All() {
		f := h.Interfaces[0]
		out = append(out, fmt.Sprintf("%s%v%v", h.Name, f.MACs, f.Addresses[0].Prefix.Addr()))
	}
	return out
}

func TestWhatTheFileSays(t *testing.T) {
	for name, tc := range map[string]struct {
		text  string
		known []string
		warns []string
	}{
		"an empty file":       {"", nil, nil},
		"nothing but remarks": {"# none\n\n  # yet\n", nil, nil},
		"as CoreDHCP's example": {
			"00:11:22:33:44:55 2001:2::1\n",
			[]string{"00-11-22-33-44-55[00:11:22:33:44:55]2001:2::1"}, nil,
		},
		"without a line end, with tabs and a remark": {
			"00:11:22:33:44:55\t2001:db8::1#first",
			[]string{"00-11-22-33-44-55[00:11:22:33:44:55]2001:db8::1"}, nil,
		},
		"a MAC twice: the last line counts": {
			"00:11:22:33:44:55 2001:db8::1\n00:11:22:33:44:55 2001:db8::2\n",
			[]string{"00-11-22-33-44-55[00:11:22:33:44:55]2001:db8::2"},
			[]string{"leases.txt:2: MAC 00:11:22:33:44:55 stands in line 1, too, which does not count"},
		},
		"an address twice: one machine with two MACs": {
			"00:11:22:33:44:55 2001:db8::1\n00:11:22:33:44:66 2001:db8::1\n",
			[]string{"00-11-22-33-44-55[00:11:22:33:44:55 00:11:22:33:44:66]2001:db8::1"},
			[]string{"leases.txt:2: address 2001:db8::1 is that of 00-11-22-33-44-55, too: one of them at a time gets it"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newMade(t, "leases.txt\n", tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.known, m.known()); diff != "" {
				t.Errorf("machines (-want +got)\n%s", diff)
			}
			var warns []string
			for _, e := range m.hook.AllEntries() {
				warns = append(warns, strings.ReplaceAll(e.Message, filepath.Dir(m.path)+"/", ""))
			}
			if diff := cmp.Diff(tc.warns, warns); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatIsWrong(t *testing.T) {
	const good = "00:11:22:33:44:55 2001:db8::1\n"
	for name, tc := range map[string]struct{ settings, text, want string }{
		"no file":          {"''\n", good, `plugin.yml:1:1: no file is named, want one such as leases.txt`},
		"another file":     {"lease.txt\n", good, `plugin.yml:1:1: file "FOLDER/lease.txt" does not exist; names are relative to the configuration file`},
		"a folder":         {".\n", good, `plugin.yml:1:1: "FOLDER" is not a regular file`},
		"a map":            {"{path: a}\n", good, `plugin.yml:1:1: got a map, want a file name and, if wanted, autorefresh, such as leases.txt autorefresh`},
		"another word":     {"leases.txt refresh\n", good, `plugin.yml:1:12: "refresh": want autorefresh, or nothing`},
		"three words":      {"a b c\n", good, `plugin.yml:1:5: want a file name and, if wanted, autorefresh; quote a name with spaces in a list`},
		"an empty name":    {"['']\n", good, `plugin.yml:1:2: the file name is empty`},
		"one word":         {"leases.txt\n", good + "  00:11:22:33:44:55\n", `FOLDER/leases.txt:2:3: got 1 words, want a MAC and an address, such as 52:54:00:aa:bb:01 2001:db8:10::101`},
		"no MAC":           {"leases.txt\n", "x 2001:db8::1\n", `FOLDER/leases.txt:1:1: MAC "x": want six octets in hexadecimal, such as 52:54:00:aa:bb:01`},
		"an IPv4 address":  {"leases.txt\n", "00:11:22:33:44:55 10.0.0.1\n", `FOLDER/leases.txt:1:1: "10.0.0.1" is not an IPv6 address`},
		"a link-local one": {"leases.txt\n", "00:11:22:33:44:55 fe80::1\n", `FOLDER/leases.txt:1:1: "fe80::1" is no address that a server gives out`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newMade(t, tc.settings, tc.text)
			if err == nil {
				t.Fatal("no error")
			}
			if got := withoutFolder(err.Error()); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// withoutFolder takes the folder of the test out of a text.
func withoutFolder(text string) string {
	start := strings.Index(text, os.TempDir())
	if start < 0 {
		return text
	}
	end := start + strings.Index(text[start:], "/001") + len("/001")
	return text[:start] + "FOLDER" + text[end:]
}

// becomes changes the file and waits until the machines are these.
func (m made) becomes(t *testing.T, text string, want ...string) {
	t.Helper()
	changed := m.registry.Changed()
	if err := os.WriteFile(m.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	<-changed
	if diff := cmp.Diff(want, m.known()); diff != "" {
		t.Errorf("machines (-want +got)\n%s", diff)
	}
}

func TestTheFileIsReadAgainWhenItChanges(t *testing.T) {
	m, err := newMade(t, "leases.txt autorefresh\n", "00:11:22:33:44:55 2001:db8::1\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	m.becomes(t, "00:11:22:33:44:55 2001:db8::22\n", "00-11-22-33-44-55[00:11:22:33:44:55]2001:db8::22")
	m.becomes(t, "# nobody\n")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWithoutAutorefreshNothingIsWatched(t *testing.T) {
	m, err := newMade(t, "leases.txt\n", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestABrokenFileKeepsWhatWasReadBefore(t *testing.T) {
	for name, text := range map[string]string{
		"a line that is none": "nonsense\n",
		"an empty file":       "",
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newMade(t, "leases.txt autorefresh\n", "00:11:22:33:44:55 2001:db8::1\n")
			if err != nil {
				t.Fatal(err)
			}
			before := m.known()
			if err := os.WriteFile(m.path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			m.reload()
			m.reload()
			if diff := cmp.Diff(before, m.known()); diff != "" {
				t.Errorf("machines (-want +got)\n%s", diff)
			}
			if n := len(m.hook.AllEntries()); n != 1 {
				t.Errorf("%d lines in the log, want 1: the error is told once", n)
			}
		})
	}
}
