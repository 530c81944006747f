package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// workplace is where programs are built: with a copy of the checkout that nobody
// changes meanwhile, a module cache of its own, and a proxy of files.
type workplace struct{ repository, root, stage6, tmp string }

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	if testing.Short() {
		labtest.Skip(t, "builds programs")
	}
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	w := &workplace{repository: repository, root: root, stage6: filepath.Join(root, "stage6"), tmp: filepath.Join(root, "tmp")}
	w.copy(t, repository, "stage6")
	if err := os.Mkdir(w.tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(cache))
	for _, wanted := range []string{"download", "graph"} { // the second fetches each go.mod, which a build of the checkout does not
		fetch := exec.Command("go", "mod", wanted)
		fetch.Dir = repository
		if out, err := fetch.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", fetch, err, out)
		}
	}
	t.Setenv("TMPDIR", w.tmp)
	t.Setenv("GOCACHE", dirs[1])
	t.Setenv("GOMODCACHE", filepath.Join(root, "modules"))
	t.Setenv("GOPROXY", "file://"+filepath.Join(root, "proxy")+",file://"+filepath.Join(dirs[0], "cache", "download"))
	t.Setenv("GONOSUMDB", "example.org,github.com/stage6")
	t.Setenv("GOFLAGS", "-modcacherw")
	return w
}

// copy copies the sources of a folder, or of one below the workplace.
func (w *workplace) copy(t *testing.T, from, to string) {
	t.Helper()
	if !filepath.IsAbs(from) {
		from = filepath.Join(w.root, from)
	}
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != from && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".mod", ".sum", ".txt", ".tmpl", ".yml", ".json", ".html", ".css", ".js", ".svg"}, filepath.Ext(name)):
			return nil
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		w.write(t, filepath.Join(to, rel), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *workplace) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(w.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// plugin is a file of a package with a plugin that does nothing.
func plugin(pkg, name string) string {
	return `package ` + pkg + `

import (
	"context"

	"github.com/stage6/stage6/pipeline"
)

var Plugin = pipeline.Define("` + name + `", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(context.Context, *pipeline.Exchange) (pipeline.Action, error) { return pipeline.Continue, nil }), nil
})
`
}

// serve has the proxy serve two versions of a module, whose newest has a mistake,
// one that needs another stage6, and stage6.
func (w *workplace) serve(t *testing.T) {
	t.Helper()
	const dns, late = "module example.org/dns/v2\n\ngo 1.26.0\n", "module example.org/late\n\ngo 1.26.0\n\nrequire github.com/stage6/stage6 v1.5.0\n"
	w.publish(t, "v2.1.0", map[string]string{"go.mod": dns, "dns.go": plugin("dns", "dns2")})
	w.publish(t, "v2.2.0", map[string]string{"go.mod": dns, "dns.go": "package dns\n"})
	w.publish(t, "v1.0.0", map[string]string{"go.mod": late, "late.go": plugin("late", "late")})
	w.publishFolder(t, "github.com/stage6/stage6", "v1.4.0", w.stage6)
	w.publishFolder(t, "github.com/stage6/stage6", "v1.5.0", w.stage6)
}

// publish has the proxy serve files as a version of the module that they are.
func (w *workplace) publish(t *testing.T, version string, files map[string]string) {
	t.Helper()
	path := modfile.ModulePath([]byte(files["go.mod"]))
	folder := filepath.Join("served", path, version)
	for name, text := range files {
		w.write(t, filepath.Join(folder, name), text)
	}
	w.publishFolder(t, path, version, filepath.Join(w.root, folder))
}

func (w *workplace) publishFolder(t *testing.T, path, version, folder string) {
	t.Helper()
	var archive bytes.Buffer
	if err := zip.CreateFromDir(&archive, module.Version{Path: path, Version: version}, folder); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join("proxy", path, "@v")
	list, _ := os.ReadFile(filepath.Join(w.root, at, "list")) // none: this is the first version
	w.write(t, filepath.Join(at, "list"), string(list)+version+"\n")
	w.write(t, filepath.Join(at, version+".zip"), archive.String())
	w.write(t, filepath.Join(at, version+".mod"), string(mod))
	w.write(t, filepath.Join(at, version+".info"), `{"Version":"`+version+`","Time":"2026-01-01T00:00:00Z"}`)
}

// begin begins plugins, one in a module of its own and one in the checkout, which
// pass their tests at once.
func (w *workplace) begin(t *testing.T) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(w.root, "here"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(w.root, "here"))
	_, next := succeed(t, "new", "rack", "--module", "example.org/stage6-rack", "--stage6", w.stage6)
	if !strings.Contains(next, "\n  cd rack\n  go test ./...\n  go tool generator --with .\n") {
		t.Errorf("what to do next is\n%s", next)
	}
	passes(t, "rack", "./...")
	t.Chdir(w.stage6)
	files, next := succeed(t, "new", "tracker", "--kind", "source")
	if !strings.HasPrefix(files, "plugins/tracker/plugin.go\n") || !strings.Contains(next, "generator --with github.com/stage6/stage6/plugins/tracker\n") {
		t.Errorf("what was made and to do next is\n%s%s", files, next)
	}
	passes(t, ".", "./plugins/tracker")
}

// passes has the go command look at packages and test them.
func passes(t *testing.T, folder, packages string) {
	t.Helper()
	for _, args := range [][]string{{"go", "vet", "-trimpath", packages}, {"go", "test", "-trimpath", packages}} {
		c := exec.Command(args[0], args[1:]...)
		c.Dir = folder
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if out, err := exec.Command("gofmt", "-l", filepath.Join(folder, strings.TrimSuffix(packages, "/..."))).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("gofmt -l: %v\n%s", err, out)
	}
}

// succeed runs the generator and gives what it says on its standard output and
// error.
func succeed(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, &out, &errs); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, &errs)
	}
	return out.String(), errs.String()
}

// build builds the program in a folder.
func (w *workplace) build(t *testing.T, folder, stage6 string) string {
	t.Helper()
	t.Chdir(filepath.Join(w.root, folder))
	args := append(strings.Fields(minimal), "--stage6", stage6, "--output", "program",
		"--with", "example.org/dns/v2@v2.1.0", "--with", "./rack", "--with", "./local/dns", "--with", "example.org/my-plugins+/boot-menu=local",
		"--with", "github.com/stage6/stage6/plugins/tracker")
	stdout, stderr := succeed(t, args...)
	if stdout != "program\n" {
		t.Errorf("standard output: %q", stdout)
	}
	for _, step := range []string{"module", "versions", "compile", "try", "output"} {
		if !strings.Contains(stderr, "generator: "+step+" ") {
			t.Errorf("the step %s is not told:\n%s", step, stderr)
		}
	}
	return filepath.Join(w.root, folder, "program")
}

// isEmpty looks for what a build has left behind.
func (w *workplace) isEmpty(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(w.tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}
