package custombuild

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// write writes files below a new folder, without links in its path.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestStage6IsTheNearest(t *testing.T) {
	const require = "go 1.26.0\n\nrequire github.com/stage6/stage6 v1.4.0\n"
	root := write(t, map[string]string{
		"stage6/go.mod":           "module github.com/stage6/stage6\n",
		"stage6/plugins/x/x.go":   "package x\n",
		"beside/go.mod":           "module example.org/beside\n" + require + "replace github.com/stage6/stage6 => ../stage6\n",
		"other/go.mod":            "module example.org/other\n" + require,
		"forked/go.mod":           "module example.org/forked\n" + require + "replace github.com/stage6/stage6 => example.org/stage6 v1.0.0\n",
		"nothing/at/all/here.txt": "",
	})
	for name, c := range map[string]struct{ asked, folder, want string }{
		"what is asked for, relative to the folder": {"../stage6", "other", "stage6"},
		"a folder below that":                       {"stage6/plugins", ".", "stage6"},
		"a folder without dots":                     {"stage6", ".", "stage6"},
		"an absolute one":                           {filepath.Join(root, "stage6"), "other", "stage6"},
		"the checkout that one is in":               {"", "stage6/plugins/x", "stage6"},
		"the checkout of the module's go.mod":       {"", "beside", "stage6"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := FindStage6(t.Context(), c.asked, filepath.Join(root, c.folder), nil)
			if want := (Stage6{Version: "v0.0.0", Dir: filepath.Join(root, c.want), Local: true}); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
	for name, c := range map[string]struct{ asked, folder, want string }{
		"another module":                {"other", ".", "stage6: " + root + "/other is the module example.org/other, want github.com/stage6/stage6"},
		"a folder that is not there":    {"./none", ".", "stage6: lstat " + root + "/none: no such file or directory"},
		"no checkout, and no version":   {"", "nothing/at/all", "this generator does not know which version of stage6 it is of: "},
		"a module with a version of it": {"", "forked", "this generator does not know which version of stage6 it is of: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FindStage6(t.Context(), c.asked, filepath.Join(root, c.folder), nil)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTheGeneratorsOwnVersionIsOneThatOthersCanFetch(t *testing.T) {
	for _, c := range []struct {
		path, version, want string
		replaced            bool
	}{
		{path: "github.com/stage6/stage6", version: "v1.4.0", want: "v1.4.0"},
		{path: "github.com/stage6/stage6", version: "v0.0.0-20260101000000-0123456789ab", want: "v0.0.0-20260101000000-0123456789ab"},
		{path: "github.com/stage6/stage6", version: "v0.0.0-20260101000000-0123456789ab+dirty"},
		{path: "github.com/stage6/stage6", version: "(devel)"},
		{path: "github.com/stage6/stage6", version: "v1.4.0", replaced: true},
		{path: "example.org/other", version: "v1.4.0"},
	} {
		build := &debug.BuildInfo{Main: debug.Module{Path: c.path, Version: c.version}}
		if c.replaced {
			build.Main.Replace = &debug.Module{Path: "../stage6"}
		}
		if got := ownVersion(build); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestACheckoutHasTheVersionOfItsCommitUnlessItIsChanged(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module github.com/stage6/stage6\n"})
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"}, args...)...)
		c.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-02-03T04:05:06+02:00", "GIT_CONFIG_GLOBAL="+os.DevNull)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	version := func() string {
		t.Helper()
		s, err := FindStage6(t.Context(), "", root, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s.Version
	}
	git("init", "-q")
	git("add", ".")
	if got := version(); got != "v0.0.0" {
		t.Errorf("before the first commit: %s", got)
	}
	git("commit", "-q", "-m", "a")
	if got := version(); !strings.HasPrefix(got, "v0.0.0-20260203020506-") || len(got) != len("v0.0.0-20260203020506-0123456789ab") {
		t.Errorf("a commit: %s", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := checkoutVersion(t.Context(), root); got != "v0.0.0" {
		t.Errorf("with a change: %s", got)
	}
}
