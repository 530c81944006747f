package compiled_test

import (
	"context"
	"runtime/debug"
	"testing"

	"github.com/stage6/stage6/internal/compiled"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// plugin makes a plugin of a package.
func plugin(name, path string) pipeline.Plugin {
	return pipeline.Define(name, func(struct{}, pipeline.Env) (pipeline.Handler, error) { return nil, nil }).From(path)
}

func store(name, path string) pipeline.Plugin {
	return pipeline.DefineStore(name, func(context.Context, struct{}, pipeline.StoreEnv) (lease.Store, error) { return nil, nil }).From(path)
}

func builtin(name string) pipeline.Plugin {
	return plugin(name, "github.com/stage6/stage6/plugins/"+name)
}

// custom is what a custom build tells of itself.
const custom = `go	go1.26.8
path	stage6.build
mod	stage6.build	(devel)	
dep	example.org/a	v1.2.3	h1:x
dep	example.org/a/b/v2	v2.0.1	h1:x
dep	example.org/forked	v1.0.0
=>	example.org/fork	v1.0.1	h1:x
dep	example.org/here	v0.0.0
=>	./local/example.org/here	(devel)	
dep	github.com/stage6/stage6	v1.4.0	h1:x
`

func program(t *testing.T, build string, plugins ...pipeline.Plugin) compiled.Program {
	t.Helper()
	info, err := debug.ParseBuildInfo(build)
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Program{Plugins: plugins, Build: info}
}

func TestAPackageIsOfTheModuleWithTheLongestPath(t *testing.T) {
	p := program(t, custom)
	for pkg, want := range map[string]compiled.Module{
		"example.org/a":                         {Path: "example.org/a", Version: "v1.2.3"},
		"example.org/a/b":                       {Path: "example.org/a", Version: "v1.2.3"},
		"example.org/a/b/v2/c":                  {Path: "example.org/a/b/v2", Version: "v2.0.1"},
		"example.org/forked":                    {Path: "example.org/forked", Version: "v1.0.0 (example.org/fork v1.0.1)"},
		"example.org/here/x":                    {Path: "example.org/here", Version: "v0.0.0 (local)"},
		"example.org/ab":                        {},
		"github.com/stage6/stage6/plugins/pool": {Path: "github.com/stage6/stage6", Version: "v1.4.0"},
	} {
		if got := p.Module(pkg); got != want {
			t.Errorf("%s: got %+v, want %+v", pkg, got, want)
		}
	}
	if got := (compiled.Program{}).Stage6().Version; got != "unknown" {
		t.Errorf("a program that tells nothing: got %q", got)
	}
}

func TestTheCommandBuildsWhatThereIsAndMore(t *testing.T) {
	const local = "path\tx\nmod\tgithub.com/stage6/stage6\tv0.0.0-20260101000000-000000000000+dirty\n"
	for name, c := range map[string]struct {
		build   string
		plugins []pipeline.Plugin
		others  []string
		want    string
	}{
		"names of built-in plugins": {
			local, []pipeline.Plugin{builtin("dns"), builtin("memory")}, []string{"boot", "dns"},
			"go run github.com/stage6/stage6/generator dns memory boot",
		},
		"a plugin from elsewhere": {
			local, []pipeline.Plugin{builtin("dns")}, []string{"MODULE"},
			"go run github.com/stage6/stage6/generator dns --with MODULE",
		},
		"a program of a version with plugins from elsewhere": {
			custom,
			[]pipeline.Plugin{builtin("dns"), plugin("a", "example.org/a/x"), plugin("here", "example.org/here"), plugin("lost", "example.org/lost"), builtin("new")},
			[]string{"pool"},
			"go run github.com/stage6/stage6/generator@v1.4.0 dns pool --with example.org/a/x@v1.2.3 --with example.org/here=FOLDER --with example.org/lost --with github.com/stage6/stage6/plugins/new",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := program(t, c.build, c.plugins...).Command(c.others...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPluginsOfOneNameAreRefused(t *testing.T) {
	dns := builtin("dns")
	for name, c := range map[string]struct {
		plugins []pipeline.Plugin
		want    string
	}{
		"two plugins": {
			[]pipeline.Plugin{dns, plugin("dns", "example.org/dns")},
			`two plugins are named "dns": github.com/stage6/stage6/plugins/dns and example.org/dns: build a program with one of them`,
		},
		"two stores": {
			[]pipeline.Plugin{store("s", "example.org/one"), dns, store("s", "example.org/two")},
			`two plugins are named "s": example.org/one and example.org/two: build a program with one of them`,
		},
		"a plugin and a store, which stand in different places": {
			[]pipeline.Plugin{dns, store("dns", "example.org/dns")}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := (compiled.Program{Plugins: c.plugins}).Check(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
