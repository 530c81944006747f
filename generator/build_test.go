package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// minimal is the small build that README.md tells the size of.
const minimal = "server_id identify hosts pool dns memory"

// TestCustomBuilds builds programs; they share a workplace, as that is what takes
// time.
func TestCustomBuilds(t *testing.T) {
	w := newWorkplace(t)
	w.serve(t)
	t.Run("plugins of all kinds", func(t *testing.T) { buildsPluginsOfAllKinds(t, w) })
	t.Run("a version of stage6", func(t *testing.T) { buildsAVersion(t, w) })
	t.Run("plugins of CoreDHCP", func(t *testing.T) { buildsPluginsOfCoreDHCP(t, w) })
	t.Run("builds that fail", func(t *testing.T) { buildsThatFail(t, w) })
	t.Run("an interrupted build leaves nothing behind", func(t *testing.T) { interrupted(t, w) })
}

// buildsPluginsOfAllKinds builds a program out of built-in plugins, a plugin that
// was begun just now, one that is fetched at a version, and local ones whose
// names are hard; and looks at it from all sides.
func buildsPluginsOfAllKinds(t *testing.T, w *workplace) {
	w.begin(t)
	w.write(t, "here/local/go.mod", "module example.org/my-plugins+\n\ngo 1.26.0\n")
	w.write(t, "here/local/dns/dns.go", plugin("dns", "split_dns"))
	w.write(t, "here/local/boot-menu/menu.go", plugin("bootmenu", "boot-menu"))
	first := w.build(t, "here", w.stage6)
	t.Run("the program tells what is in it", func(t *testing.T) { tellsWhatIsInIt(t, first) })
	t.Run("nothing but the program is left behind", func(t *testing.T) { w.isEmpty(t) })
	t.Run("it is static and needs no other file", func(t *testing.T) { isStatic(t, first) })
	t.Run("what only other plugins need is not in it", func(t *testing.T) { isLean(t, first) })
	t.Run("it is as large as README.md says", func(t *testing.T) { hasTheSizeOfTheReadme(t, first, filepath.Join(w.repository, "README.md")) })
	t.Run("plugins that are not in it are told with the command", func(t *testing.T) { tellsHowToGetOthers(t, first) })
	t.Run("built elsewhere it is the same", func(t *testing.T) {
		w.copy(t, "here", "there")
		w.copy(t, w.stage6, "another")
		if sum(t, first) != sum(t, w.build(t, "there", filepath.Join(w.root, "another"))) {
			t.Error("the same plugins gave another program")
		}
	})
}

// buildsAVersion builds stage6 as it is fetched, with a list.
func buildsAVersion(t *testing.T, w *workplace) {
	w.write(t, "versions/list.txt", "memory\nexample.org/dns/v2@v2.1.0 # pinned\n")
	t.Chdir(filepath.Join(w.root, "versions"))
	succeed(t, "--stage6", "v1.4.0", "--list", "list.txt")
	out, err := exec.Command("./stage6", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`^stage6 v1\.4\.0, built with go`, `\n  dns2 +example\.org/dns/v2 +v2\.1\.0\n`, `\n  memory +github\.com/stage6/stage6/plugins/memory +v1\.4\.0\n`} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("want %s in\n%s", want, out)
		}
	}
	w.isEmpty(t)
}

func tellsWhatIsInIt(t *testing.T, program string) {
	out, err := exec.Command(program, "version", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Version string
		Origins []struct{ Plugin, Package, Module, Version string }
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range v.Origins {
		got[o.Plugin] = o.Package + " of " + o.Module + " " + o.Version
	}
	want := map[string]string{
		"rack":      "example.org/stage6-rack of example.org/stage6-rack v0.0.0 (local)",
		"dns2":      "example.org/dns/v2 of example.org/dns/v2 v2.1.0",
		"split_dns": "example.org/my-plugins+/dns of example.org/my-plugins+ v0.0.0 (local)",
		"tracker":   "github.com/stage6/stage6/plugins/tracker of github.com/stage6/stage6 v0.0.0 (local)",
		"boot-menu": "example.org/my-plugins+/boot-menu of example.org/my-plugins+ v0.0.0 (local)",
	}
	for _, name := range strings.Fields(minimal) {
		want[name] = "github.com/stage6/stage6/plugins/" + name + " of github.com/stage6/stage6 v0.0.0 (local)"
	}
	if diff := cmp.Diff(want, got); diff != "" || v.Version != "v0.0.0 (local)" {
		t.Errorf("version %q (-want +got)\n%s", v.Version, diff)
	}
}

func isStatic(t *testing.T, program string) {
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("it is linked dynamically")
	}
}

// isLean looks for modules that come with pebble, ntp and so on only.
func isLean(t *testing.T, program string) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if regexp.MustCompile(`cockroachdb|DataDog|RaduBerinde|getsentry|golang/snappy|minio`).MatchString(m.Path) {
			t.Errorf("%s is in it", m.Path)
		}
	}
	if len(info.Deps) < 10 {
		t.Errorf("it tells of %d modules only", len(info.Deps))
	}
}

// hasTheSizeOfTheReadme allows a fifth more or less. The plugins from elsewhere
// that this build has do not count for more than a thousandth.
func hasTheSizeOfTheReadme(t *testing.T, program, page string) {
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("generator " + minimal + "\n```\n\n[^.]*?\\b([0-9]+) MB").FindSubmatch(readme)
	if m == nil {
		t.Fatalf("README.md does not tell the size of a build with %s", minimal)
	}
	told, err := strconv.Atoi(string(m[1]))
	if got := float64(info.Size()) / 1e6; err != nil || got < float64(told)*0.8 || got > float64(told)*1.2 {
		t.Errorf("README.md says %s MB, and the program has %.1f MB", m[1], got)
	}
}

func tellsHowToGetOthers(t *testing.T, program string) {
	const config = `leases: /var/lib/stage6
server6:
  plugins:
    - server_id: auto
    - boot: []
    - vlanmap: {}
`
	name := filepath.Join(t.TempDir(), "config.yml")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c := exec.Command(program, "check", "--config", name)
	c.Stderr = &errs
	if err := c.Run(); err == nil {
		t.Error("the configuration is right")
	}
	const others = " --with example.org/dns/v2@v2.1.0 --with example.org/stage6-rack=FOLDER --with example.org/my-plugins+/dns=FOLDER --with example.org/my-plugins+/boot-menu=FOLDER --with github.com/stage6/stage6/plugins/tracker"
	const command = "go run github.com/stage6/stage6/generator " + minimal
	want := name + ":1:9: leases: the store pebble is not compiled in (memory is): build a program that has it: " + command + " pebble boot" + others + "\n" +
		name + ":5:7: plugins: the plugin boot is not compiled in: build a program that has it: " + command + " pebble boot" + others + "\n" +
		name + `:6:7: plugins: unknown plugin "vlanmap" (known: server_id, identify, hosts, pool, dns, dns2, rack, split_dns, boot-menu); one of your own is compiled in by: ` +
		command + others + " --with MODULE\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func sum(t *testing.T, name string) [sha256.Size]byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}
