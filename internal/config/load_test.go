package config

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/afero"
	"github.com/spf13/pflag"
)

// disk makes a file system of files that are the least configuration after a
// first line.
func disk(t *testing.T, firstLines map[string]string) afero.Fs {
	t.Helper()
	fsys := afero.NewMemMapFs()
	for path, first := range firstLines {
		if err := afero.WriteFile(fsys, path, []byte(first+"\n"+least), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fsys
}

// flags parses a command line.
func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	set := pflag.NewFlagSet("stage6", pflag.ContinueOnError)
	AddFlags(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return set
}

func TestLoadFindsTheFile(t *testing.T) {
	everywhere := map[string]string{"config.yml": "", "config.yaml": "", "/etc/stage6/config.yml": "", "/etc/stage6/config.yaml": "", "/srv/env.yml": "", "/srv/flag.conf": ""}
	for name, test := range map[string]struct {
		files map[string]string
		env   string
		args  []string
		want  string
	}{
		"in the working directory":                 {files: everywhere, want: "config.yml"},
		"with the longer ending":                   {files: map[string]string{"config.yaml": "", "/etc/stage6/config.yml": ""}, want: "config.yaml"},
		"under /etc":                               {files: map[string]string{"/etc/stage6/config.yml": ""}, want: "/etc/stage6/config.yml"},
		"by the environment":                       {files: everywhere, env: "/srv/env.yml", want: "/srv/env.yml"},
		"by a flag, whatever its ending":           {files: everywhere, env: "/srv/env.yml", args: []string{"--config", "/srv/flag.conf"}, want: "/srv/flag.conf"},
		"by a flag, though another format is near": {files: map[string]string{"config.json": "", "/srv/flag.conf": ""}, args: []string{"-c", "/srv/flag.conf"}, want: "/srv/flag.conf"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("STAGE6_CONFIG", test.env)
			f, err := load(flags(t, test.args...), disk(t, test.files))
			if err != nil || f.Path != test.want {
				t.Errorf("got %q, %v, want %q", f.Path, err, test.want)
			}
		})
	}
}

func TestLoadMergesFlagsAndEnvironment(t *testing.T) {
	fsys := disk(t, map[string]string{"config.yml": "log: {level: warn, format: json}"})
	t.Setenv("STAGE6_LOG_LEVEL", "debug")
	t.Setenv("STAGE6_USER", "dhcp")
	t.Setenv("STAGE6_LEASES", "memory")
	f, err := load(flags(t, "--user=stage6", "--api=unix:a unix:b"), fsys)
	if err != nil {
		t.Fatal(err)
	}
	if f.Log.Level != "debug" {
		t.Errorf("log level is %q, want debug of the environment before warn of the file", f.Log.Level)
	}
	if f.Log.Format != "json" {
		t.Errorf("log format is %q, want json of the file", f.Log.Format)
	}
	if f.User.Name != "stage6" {
		t.Errorf("user is %q, want stage6 of the flag before dhcp of the environment", f.User.Name)
	}
	if f.Leases.Plugin != "memory" {
		t.Errorf("leases are kept by %q, want memory of the environment", f.Leases.Plugin)
	}
	if path, _ := f.API[len(f.API)-1].Socket(); len(f.API) != 2 || path != "b" {
		t.Errorf("API is at %q, want two sockets of the flag", f.API)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		env   string
		args  []string
		want  string
	}{
		"no file at all":            {want: "no configuration: looked for config.yml, config.yaml, /etc/stage6/config.yml, /etc/stage6/config.yaml; name one with --config or STAGE6_CONFIG"},
		"a file that is not there":  {args: []string{"-c", "x.yml"}, want: "configuration: open x.yml: file does not exist"},
		"a mistake in the file":     {files: map[string]string{"config.yml": "usr: x"}, want: `config.yml:1:1: unknown key "usr", did you mean "user"? (known: leases, api, log, events, user, server6, reload)`},
		"a mistake in a flag":       {files: map[string]string{"config.yml": ""}, args: []string{"--log-level=loud"}, want: `--log-level: "loud": want error, warn, info, debug or trace`},
		"a mistake in the variable": {files: map[string]string{"config.yml": ""}, env: "loud", want: `STAGE6_LOG_LEVEL: "loud": want error, warn, info, debug or trace`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("STAGE6_LOG_LEVEL", test.env)
			if _, err := load(flags(t, test.args...), disk(t, test.files)); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestLoadReadsTheRealDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.yml", []byte(strings.ReplaceAll(least, "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(flags(t))
	if err != nil || f.Path != "config.yml" {
		t.Errorf("got %q, %v, want config.yml", f.Path, err)
	}
}
