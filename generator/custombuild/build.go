// Package custombuild makes a stage6 program with plugins of choice: it writes a
// module that has them, and has the go command build it.
package custombuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/stage6/stage6/generator/pluginlist"
)

// Build is what to build. The same plugins, stage6, versions and go command give
// the same program, octet by octet, wherever it is built.
type Build struct {
	Stage6   Stage6
	Plugins  []pluginlist.Plugin
	Output   string    // where the program goes
	LDFlags  string    // for the linker
	Tags     string    // build tags
	Keep     bool      // keep the module that the build is made in
	Progress io.Writer // gets a line for each step
	Verbose  bool      // the commands and what they say go to Progress, too
}

// Run builds the program. What it leaves behind is that alone, also when it
// fails or ctx ends it.
func (b Build) Run(ctx context.Context) error {
	if err := b.checkOutput(); err != nil {
		return &StepError{Step: stepOutput, Err: err}
	}
	dir, err := os.MkdirTemp("", "stage6-build-")
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return &StepError{Step: stepModule, Err: err, Advice: "TMPDIR names the folder for what a build needs for a while."}
	}
	if b.Keep {
		defer b.say(stepModule, "kept in %s", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	return b.in(ctx, workspace{dir: dir, stage6: b.Stage6, plugins: b.Plugins})
}

// in builds the program in a folder.
func (b Build) in(ctx context.Context, w workspace) error {
	b.say(stepModule, "%s, with %s", w.dir, count(len(w.plugins), "plugin"))
	if err := w.write(); err != nil {
		return &StepError{Step: stepModule, Err: err}
	}
	if err := b.versions(ctx, w); err != nil {
		return err
	}
	if err := b.adapt(ctx, w); err != nil {
		return err
	}
	program := filepath.Join(w.dir, "stage6")
	if err := b.compile(ctx, w, program); err != nil {
		return err
	}
	if err := b.try(ctx, w, program); err != nil {
		return err
	}
	size, err := install(program, b.Output)
	if err != nil {
		return &StepError{Step: stepOutput, Err: err}
	}
	b.say(stepOutput, "%s, %.1f MB", b.Output, float64(size)/1e6)
	return nil
}

// versions fetches the plugins that are not here.
func (b Build) versions(ctx context.Context, w workspace) error {
	wanted := w.wanted()
	if len(wanted) == 0 {
		b.say(stepVersions, "nothing to fetch, stage6 %s", b.origin())
		return nil
	}
	b.say(stepVersions, "stage6 %s, fetching %s", b.origin(), strings.Join(wanted, " "))
	_, err := b.command(w, stepVersions).run(ctx, append([]string{"get"}, wanted...)...)
	return err
}

// origin says where stage6 comes from.
func (b Build) origin() string {
	if b.Stage6.Local {
		return fmt.Sprintf("%s in %s", b.Stage6.Version, b.Stage6.Dir)
	}
	return b.Stage6.Version
}

func (b Build) compile(ctx context.Context, w workspace, program string) error {
	b.say(stepCompile, "this may take some minutes the first time")
	began := time.Now()
	_, err := b.command(w, stepCompile).run(ctx, "build", "-mod=mod", "-trimpath", "-buildvcs=false",
		"-tags="+b.Tags, "-ldflags="+b.LDFlags, "-o", program, ".")
	if err == nil {
		b.say(stepCompile, "done in %s", time.Since(began).Round(100*time.Millisecond))
	}
	return err
}

func (b Build) command(w workspace, step string) goCommand {
	g := goCommand{step: step, dir: w.dir}
	if b.Verbose {
		g.verbose = b.Progress
	}
	return g
}

// tryTime is how long the program may take to tell its version.
const tryTime = 30 * time.Second

// try has the program tell its version, which it does not if its plugins do not
// go together, and compares its plugins with those that it is to have. A program
// for other machines is not tried.
func (b Build) try(ctx context.Context, w workspace, program string) error {
	target, err := b.command(w, stepTry).run(ctx, "env", "GOOS", "GOARCH")
	if err != nil {
		return err
	}
	if f := strings.Fields(string(target)); len(f) != 2 || f[0] != runtime.GOOS || f[1] != runtime.GOARCH {
		b.say(stepTry, "left out: the program is for %s", strings.Join(f, "/"))
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	c := exec.CommandContext(ctx, program, "version", "--json")
	c.Dir = w.dir
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &StepError{Step: stepTry, Err: errors.New("the program does not start"), Output: strings.TrimSpace(string(exit.Stderr))}
	}
	if err != nil {
		return &StepError{Step: stepTry, Err: err}
	}
	var v struct {
		Version string `json:"version"`
		Origins []struct {
			Plugin, Package, Version string
		} `json:"origins"`
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return &StepError{Step: stepTry, Err: fmt.Errorf("what the program tells of its version: %w", err)}
	}
	b.say(stepTry, "it starts, and has %s", count(len(v.Origins), "plugin"))
	for _, o := range v.Origins {
		if !strings.HasPrefix(o.Package, pluginlist.Stage6+"/") {
			b.say(stepTry, "%s: %s %s", o.Plugin, o.Package, o.Version)
		}
	}
	return nil
}

// say tells how far the build is.
func (b Build) say(step, format string, args ...any) {
	fmt.Fprintf(b.Progress, "generator: %-8s  %s\n", step, fmt.Sprintf(format, args...))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
