package custombuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/stage6/stage6/generator/pluginlist"
)

// Stage6 is the stage6 that a build is made of.
type Stage6 struct {
	Version string // of the module, as go get takes it
	Dir     string // of the module's files
	Local   bool   // whether that is a checkout rather than what was fetched
}

// FindStage6 gives the stage6 that is asked for: a version, or a folder with a
// checkout. Where nothing is asked for, it is
// the checkout that the folder is in, else the version of this program, which
// build tells, nil where it is not known.
func FindStage6(ctx context.Context, asked, folder string, build *debug.BuildInfo) (Stage6, error) {
	if asked != "" {
		if dir := asFolder(asked, folder); dir != "" {
			return checkout(ctx, dir)
		}
		return fetch(ctx, asked)
	}
	if dir := checkoutOf(folder); dir != "" {
		return checkout(ctx, dir)
	}
	if v := ownVersion(build); v != "" {
		return fetch(ctx, v)
	}
	return Stage6{}, errors.New("this generator does not know which version of stage6 it is of: name one with --stage6, or a checkout, such as --stage6 ~/stage6")
}

// asFolder gives the folder that is asked for, or nothing where that is a version.
func asFolder(asked, folder string) string {
	whole := asked
	if !filepath.IsAbs(asked) {
		whole = filepath.Join(folder, asked)
	}
	if info, err := os.Stat(whole); err == nil && info.IsDir() || strings.HasPrefix(asked, ".") || filepath.IsAbs(asked) {
		return whole
	}
	return ""
}

// checkoutOf gives the checkout that is used in a folder, or nothing: that which
// the folder is in, or which the go.mod there puts in the place of stage6.
func checkoutOf(folder string) string {
	mod, err := pluginlist.ModuleAt(folder)
	if err != nil || mod.Path == pluginlist.Stage6 {
		return mod.Dir
	}
	name := filepath.Join(mod.Dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	f, err := modfile.Parse(name, text, nil)
	if err != nil {
		return ""
	}
	for _, r := range f.Replace {
		if r.Old.Path != pluginlist.Stage6 || r.New.Version != "" {
			continue
		}
		if filepath.IsAbs(r.New.Path) {
			return r.New.Path
		}
		return filepath.Join(mod.Dir, r.New.Path)
	}
	return ""
}

// ownVersion gives the version of the stage6 module that this program was built
// from, or nothing if others could not fetch it.
func ownVersion(build *debug.BuildInfo) string {
	if build == nil || build.Main.Path != pluginlist.Stage6 || build.Main.Replace != nil {
		return ""
	}
	if v := build.Main.Version; semver.IsValid(v) && semver.Build(v) == "" {
		return v
	}
	return ""
}

// checkout gives the stage6 in a folder of this machine.
func checkout(ctx context.Context, folder string) (Stage6, error) {
	mod, err := pluginlist.ModuleAt(folder)
	if err == nil && mod.Path != pluginlist.Stage6 {
		err = fmt.Errorf("%s is the module %s, want %s", mod.Dir, mod.Path, pluginlist.Stage6)
	}
	if err != nil {
		return Stage6{}, &StepError{Step: stepStage6, Err: err}
	}
	return Stage6{Version: checkoutVersion(ctx, mod.Dir), Dir: mod.Dir, Local: true}, nil
}

// fetch gives the stage6 of a version, or of a query that go get takes.
func fetch(ctx context.Context, version string) (Stage6, error) {
	dir, err := os.MkdirTemp("", "stage6-fetch-")
	if err != nil {
		return Stage6{}, err
	}
	defer os.RemoveAll(dir)
	out, err := goCommand{step: stepStage6, dir: dir}.run(ctx, "mod", "download", "-json", pluginlist.Stage6+"@"+version)
	var found struct{ Version, Dir, Error string }
	if decodeErr := json.Unmarshal(out, &found); err == nil && decodeErr != nil {
		err = decodeErr
	}
	if found.Error != "" {
		err = failure(stepStage6, errors.New("go mod download failed"), found.Error)
	}
	return Stage6{Version: found.Version, Dir: found.Dir}, err
}

// Builtins reads the list of the plugins that this stage6 has.
func (s Stage6) Builtins() ([]pluginlist.Plugin, error) {
	f, err := os.Open(filepath.Join(s.Dir, "generator", "plugins.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return pluginlist.Builtins(f.Name(), f)
}

// noVersion is that of a checkout without commits, or with changes.
const noVersion = "v0.0.0"

// checkoutVersion gives the version that a checkout would have if it was
// fetched.
func checkoutVersion(ctx context.Context, dir string) string {
	status, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=no")
	if err != nil || status != "" {
		return noVersion
	}
	commit, err := git(ctx, dir, "log", "-1", "--format=%H %cd", "--date=format-local:%Y%m%d%H%M%S")
	hash, when, ok := strings.Cut(commit, " ")
	if err != nil || !ok || len(hash) < 12 {
		return noVersion
	}
	v := "v0.0.0-" + when + "-" + hash[:12]
	if !module.IsPseudoVersion(v) {
		return noVersion
	}
	return v
}
