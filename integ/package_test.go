package integ

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// debian is a folder with a data base of dpkg's, in which packages are installed as
// on a machine of its own.
type debian struct {
	t    *testing.T
	root string
}

// newDebian makes a folder without any package.
func newDebian(t *testing.T) debian {
	t.Helper()
	d := debian{t, t.TempDir()}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc"} {
		if err := os.MkdirAll(d.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.write("var/lib/dpkg/status", "")
	return d
}

func (d debian) path(name string) string { return filepath.Join(d.root, name) }

func (d debian) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// dpkg runs dpkg in the folder.
func (d debian) dpkg(args ...string) {
	d.t.Helper()
	run(d.t, labtest.Program(d.t, "dpkg"), append([]string{
		"--root=" + d.root, "--log=" + d.path("var/log/dpkg.log"),
		"--force-not-root", "--force-script-chrootless", "--force-depends",
	}, args...)...)
}

// buildTime bounds what compiles the program, on a machine that does much else.
const buildTime = 15 * time.Minute

// run runs a command, and gives what it writes.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), buildTime)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// exists says whether something has that name in the folder.
func (d debian) exists(name string) bool {
	_, err := os.Lstat(d.path(name))
	return err == nil
}

func TestDebianPackage(t *testing.T) {
	labtest.Program(t, "dpkg-deb")
	built := strings.Fields(run(t, "../packaging/debian/build", t.TempDir()))
	file := built[len(built)-1]
	d := newDebian(t)
	d.dpkg("--install", file)

	for _, name := range []string{
		"usr/bin/stage6", "lib/systemd/system/stage6.service", "etc/stage6",
		"usr/share/man/man8/stage6.8.gz", "usr/share/man/man8/stage6-hosts.8.gz", "usr/share/man/man5/stage6.yml.5.gz",
		"usr/share/bash-completion/completions/stage6", "usr/share/doc/stage6/copyright",
	} {
		if !d.exists(name) {
			t.Errorf("%s is not installed", name)
		}
	}
	unit, err := os.ReadFile(d.path("lib/systemd/system/stage6.service"))
	if err != nil || !strings.Contains(string(unit), "\nExecStart=/usr/bin/stage6 serve") {
		t.Errorf("the unit does not start what is installed: %v\n%s", err, unit)
	}
	if out := run(t, d.path("usr/bin/stage6"), "check", "--config", d.path("usr/share/doc/stage6/config.yml.example")); !strings.Contains(out, " is right") {
		t.Errorf("the example that is installed: %s", out)
	}

	d.write("etc/stage6/config.yml", "mine")
	if err := os.MkdirAll(d.path("var/lib/stage6"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.write("var/lib/stage6/leases", "mine")
	d.dpkg("--install", file) // as an upgrade
	d.dpkg("--remove", "stage6")
	if !d.exists("etc/stage6/config.yml") || !d.exists("var/lib/stage6/leases") {
		t.Error("an upgrade or removal took configuration or leases away")
	}
	if d.exists("usr/bin/stage6") {
		t.Error("the program is still there after removal")
	}
	d.dpkg("--purge", "stage6")
	if d.exists("var/lib/stage6") {
		t.Error("a purge left the leases")
	}
}

func TestContainerImage(t *testing.T) {
	const recipe = "../packaging/Containerfile"
	for _, tool := range []string{"podman", "buildah", "docker"} {
		if path, err := exec.LookPath(tool); err == nil && canPull(t, path) {
			t.Log(run(t, path, "build", "-f", recipe, ".."))
			return
		}
	}
	t.Log("no tool here can build images: only what the recipe copies is looked at")
	text, err := os.ReadFile(recipe)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "COPY" || strings.HasPrefix(words[1], "--from") {
			continue
		}
		for _, source := range words[1 : len(words)-1] {
			if _, err := os.Stat(filepath.Join("..", source)); err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
}

// canPull says whether a tool for images works here and has the one that the recipe
// begins with, or can get it.
func canPull(t *testing.T, tool string) bool {
	return exec.CommandContext(labtest.Context(t), tool, "pull", "docker.io/library/golang:1.26-bookworm").Run() == nil
}
