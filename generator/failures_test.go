package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func buildsThatFail(t *testing.T, w *workplace) {
	w.write(t, "fail/twin/go.mod", "module example.org/twin\n\ngo 1.26.0\n")
	w.write(t, "fail/twin/dns.go", plugin("twin", "dns"))
	w.write(t, "fail/core/go.mod", "module example.org/core\n\ngo 1.26.0\n")
	w.write(t, "fail/core/core.go", "package core\n\nvar Plugin = struct{ Name string }{\"core\"}\n")
	w.write(t, "fail/other/go.mod", "module example.org/other\n")
	t.Chdir(filepath.Join(w.root, "fail"))
	for name, c := range map[string]struct {
		args, path string // of arguments, and of commands
		code       int
		want       []string
	}{
		"no Go": {
			args: "memory dns", path: "none", code: exitFailed,
			want: []string{"generator: compile: there is no go command in PATH\n", "Install Go, "},
		},
		"a version that is not served": {
			args: "memory example.org/dns/v2@v2.9.0", code: exitFailed,
			want: []string{"generator: versions: go get failed\n", "There is no version v2.9.0: list those that there are with: go list -m -versions example.org/dns/v2\n"},
		},
		"a module that is not there": {
			args: "memory example.org/nowhere", code: exitFailed,
			want: []string{"generator: versions: go get failed\n", "Is the import path right?"},
		},
		"the newest version, which exports no Plugin": {
			args: "memory dns example.org/dns/v2", code: exitFailed,
			want: []string{"fetching example.org/dns/v2\n", "generator: compile: go build failed\n", "The package exports no Plugin."},
		},
		"a Plugin of another kind": {
			args: "memory dns ./core", code: exitFailed,
			want: []string{"generator: compile: go build failed\n", "Its Plugin is no plugin of stage6's"},
		},
		"a plugin that needs another stage6": {
			args: "memory example.org/late --stage6 v1.4.0", code: exitFailed,
			want: []string{"generator: versions: go get failed\n", "example.org/late needs another stage6: choose it with --stage6 v1.5.0, or an older version of the plugin.\n"},
		},
		"a version of stage6 that there is not": {
			args: "memory --stage6 v1.9.0", code: exitFailed,
			want: []string{"generator: stage6: go mod download failed\n", "There is no version v1.9.0: list those that there are with: go list -m -versions github.com/stage6/stage6\n"},
		},
		"two plugins of one name": {
			args: "memory dns ./twin", code: exitFailed,
			want: []string{"generator: try: the program does not start\n", `two plugins are named "dns": github.com/stage6/stage6/plugins/dns and example.org/twin: `},
		},
		"a folder to write to": {
			args: "memory dns --output .", code: exitFailed,
			want: []string{"generator: output: . is a folder: name the file, such as stage6\n"},
		},
		"another module as stage6": {
			args: "memory --stage6 ./other", code: exitFailed,
			want: []string{"generator: stage6: " + w.root + "/fail/other is the module example.org/other, want github.com/stage6/stage6\n"},
		},
		"a plugin that there is not": {
			args: "memory dnz", code: exitUsage,
			want: []string{`generator: no built-in plugin is named "dnz"`},
		},
		"a flag that there is not": {
			args: "--wiht x", code: exitUsage,
			want: []string{"generator: unknown flag: --wiht (see: generator --help)\n"},
		},
		"a list that is not there": {
			args: "--list none.txt", code: exitUsage,
			want: []string{"generator: open none.txt: no such file or directory\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.path != "" {
				t.Setenv("PATH", c.path)
			}
			args := strings.Fields(c.args)
			if !strings.Contains(c.args, "--stage6") {
				args = append(args, "--stage6", w.stage6)
			}
			var out, errs bytes.Buffer
			if code := run(t.Context(), args, &out, &errs); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("want %q in\n%s", want, &errs)
				}
			}
			if _, err := os.Stat("stage6"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is a program (%v)", err)
			}
			w.isEmpty(t)
		})
	}
}

// interrupted has a go command that says that it works, and then does so for ever.
func interrupted(t *testing.T, w *workplace) {
	w.write(t, "bin/go", "#!/bin/sh\necho it works >&2\nexec sleep 1000\n")
	if err := os.Chmod(filepath.Join(w.root, "bin", "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(w.root, "bin")+":"+os.Getenv("PATH"))
	t.Chdir(w.root)
	ctx, cancel := context.WithCancel(t.Context())
	errs := &canceler{cancel: cancel}
	code := run(ctx, []string{"memory", "dns", "--stage6", w.stage6, "--output", "never", "--verbose"}, &bytes.Buffer{}, errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "it works\n") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, err := os.Stat("never"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a program (%v)", err)
	}
	w.isEmpty(t)
}

// canceler interrupts a build when its go command says that it works.
type canceler struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *canceler) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("it works")) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}
