package integ

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// fence is a piece of YAML in a page of documentation.
var fence = regexp.MustCompile("(?ms)^```ya?ml\n(.*?)^```")

// TestDocumentedConfigurationsAreRight gives every whole configuration that
// stands anywhere in the documentation to stage6 check.
func TestDocumentedConfigurationsAreRight(t *testing.T) {
	binary, err := buildServer()
	check(t, err)
	configurations := documented(t)
	if len(configurations) == 0 {
		t.Fatal("the documentation shows no configuration")
	}
	for name, text := range configurations {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yml")
			check(t, os.WriteFile(path, []byte(text), 0o644))
			if out, err := exec.Command(binary, "check", "--quiet", "--config", path).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s\n%s", err, out, text)
			}
		})
	}
}

// documented finds the configurations, by file and number.
func documented(t *testing.T) map[string]string {
	found := map[string]string{}
	for _, page := range files(t, "../*.md", "../docs/*.md", "../plugins/*/README.md") {
		content, err := os.ReadFile(page)
		check(t, err)
		for i, match := range fence.FindAllStringSubmatch(string(content), -1) {
			if strings.Contains(match[1], "server6:") {
				found[fmt.Sprintf("%s %d", strings.TrimPrefix(page, "../"), i+1)] = match[1]
			}
		}
	}
	for _, path := range files(t, "../config.yml.example") {
		content, err := os.ReadFile(path)
		check(t, err)
		found[strings.TrimPrefix(path, "../")] = string(content)
	}
	return found
}

func files(t *testing.T, patterns ...string) []string {
	var all []string
	for _, pattern := range patterns {
		some, err := filepath.Glob(pattern)
		check(t, err)
		all = append(all, some...)
	}
	return all
}

// TestTheExampleServesALink starts config.yml.example as it is, on the link that
// it is written for.
func TestTheExampleServesALink(t *testing.T) {
	labtest.Program(t, "dhclient")
	m, ns := newMachine(t, "client"), labtest.Namespace(t, "server")
	check(t, ns.Hide("/var/lib", "/run"))
	check(t, netlab.Cable(netlab.Port{Namespace: m.Namespace, Link: wan}, netlab.Port{Namespace: ns, Link: "prov0"}))
	check(t, ns.AddAddress("prov0", netip.MustParsePrefix("2001:db8:10::2/64")))
	for _, end := range []netlab.Port{{Namespace: m.Namespace, Link: wan}, {Namespace: ns, Link: "prov0"}} {
		_, err := end.LinkLocal(labtest.Context(t), end.Link)
		check(t, err)
	}
	example, err := os.ReadFile("../config.yml.example")
	check(t, err)
	startServer(t, ns, string(example))

	c := newDhclient(m, dhclientBoth)
	got := c.start()
	if len(got.Addresses) != 1 || !netip.MustParsePrefix("2001:db8:10::1000/116").Contains(got.Addresses[0].Prefix.Addr()) {
		t.Errorf("addresses %v, want one of 2001:db8:10::1000-2001:db8:10::1fff", got.Addresses)
	}
	if len(got.Prefixes) != 1 || !netip.MustParsePrefix("2001:db8:f000::/40").Overlaps(got.Prefixes[0].Prefix) {
		t.Errorf("prefixes %v, want one of 2001:db8:f000::/40", got.Prefixes)
	}
	c.release()
}
