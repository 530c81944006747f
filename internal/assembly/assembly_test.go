package assembly_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// handler does nothing with an exchange, and gives the server's DUID.
type handler struct{ name string }

func (handler) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

func (handler) ServerID(context.Context, lease.Store) (ident.DUID, error) { return "\x00\x03\x01", nil }

func plugins() assembly.Plugins {
	text := func(name string) func(string, pipeline.Env) (pipeline.Handler, error) {
		return func(c string, _ pipeline.Env) (pipeline.Handler, error) {
			switch c {
			case "broken":
				return nil, errors.New("it is broken")
			case "source":
				return nil, strict.Unknown("source", "x", []string{"relay"})
			case "panic":
				panic("it broke")
			case "nothing":
				return nil, nil
			}
			return handler{name}, nil
		}
	}
	return assembly.Plugins{
		pipeline.DefineOnce("server_id", text("server_id")),
		pipeline.Define("some", text("some")).From("example.org/some"),
		pipeline.DefineStore("memory", func(context.Context, struct{}, pipeline.StoreEnv) (lease.Store, error) { return nil, nil }),
	}
}

// assemble makes the plugins of a list, which is that of server6.plugins.
func assemble(t *testing.T, p assembly.Plugins, list string) (*assembly.Assembly, error) {
	t.Helper()
	file, err := config.Parse("config.yml", []byte("server6:\n  plugins:\n"+list))
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	table := bindings.New(time.Now, bindings.Options{})
	return p.Make(assembly.Surroundings{
		File: file, Table: table, Pools: table.NewPoolSet(), Log: log, Clock: time.Now, Metrics: prometheus.NewRegistry(),
	})
}

func TestConfigurationsThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct{ list, want string }{
		"a plugin that is not compiled in": {
			"    - sone: x\n",
			`config.yml:3:7: plugins: unknown plugin "sone", did you mean "some"? (known: server_id, some); one of your own is compiled in by: ` +
				`go run github.com/stage6/stage6/generator server_id memory --with example.org/some --with MODULE`,
		},
		"a built-in plugin that is not compiled in": {
			"    - dns: 2001:db8::53\n    - boot: []\n    - server_id: a\n",
			"config.yml:3:7: plugins: the plugin dns is not compiled in: build a program that has it: " +
				"go run github.com/stage6/stage6/generator server_id memory pebble dns boot --with example.org/some\n" +
				"config.yml:4:7: plugins: the plugin boot is not compiled in",
		},
		"a store among the plugins": {
			"    - memory: x\n",
			`config.yml:3:7: plugins: memory is a store: it belongs under leases`,
		},
		"a plugin that may stand once only": {
			"    - server_id: a\n    - server_id: b\n",
			`config.yml:4:7: plugins: server_id configures the server itself and may stand once only; it stands at config.yml:3:7 already`,
		},
		"a source of identity that is not compiled in": {
			"    - some: source\n",
			`config.yml:3:7: plugins: unknown source "x" (known: relay); one of your own is compiled in by: ` +
				`go run github.com/stage6/stage6/generator server_id memory --with example.org/some --with MODULE`,
		},
		"settings that a plugin refuses": {
			"    - some: broken\n",
			`config.yml:3:7: plugins: it is broken`,
		},
		"a plugin that panics": {
			"    - some: panic\n",
			`config.yml:3:7: plugins: panic: it broke`,
		},
		"a plugin that makes nothing": {
			"    - some: nothing\n",
			`config.yml:3:7: plugins: the plugin made no handler`,
		},
		"an expression that is wrong": {
			"    - some: x\n      when: 'arhc == 7'\n",
			`config.yml:4:13: when: 1:1: unknown name "arhc"`,
		},
		"several things at once": {
			"    - sone: x\n    - some: broken\n",
			"config.yml:3:7: plugins: unknown plugin \"sone\", did you mean \"some\"? (known: server_id, some); one of your own is compiled in by: " +
				"go run github.com/stage6/stage6/generator server_id memory --with example.org/some --with MODULE\nconfig.yml:4:7: plugins: it is broken",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := assemble(t, plugins(), c.list)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestThePluginsStandInTheOrderOfTheConfiguration(t *testing.T) {
	a, err := assemble(t, plugins(), "    - some: a\n    - some: b\n      name: second\n    - some: c\n")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range a.Steps {
		names = append(names, s.Name)
	}
	if got, want := strings.Join(names, " "), "server_id some second some-2"; got != want {
		t.Errorf("got %q, want %q: a server needs a server_id, and has auto unless it stands there", got, want)
	}
}

func TestTheServersDUID(t *testing.T) {
	a, err := assemble(t, plugins(), "    - some: a\n")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := a.ServerID(context.Background(), nil); err != nil || id != "\x00\x03\x01" {
		t.Errorf("got %s, %v", id, err)
	}
	if _, err := (&assembly.Assembly{}).ServerID(context.Background(), nil); err == nil {
		t.Error("a server without a plugin that says so has a DUID")
	}
}

func TestSettings(t *testing.T) {
	file, err := config.Parse("config.yml", []byte(`server6:
  unicast: accept
  decline_quarantine: 1h
  always: [23]
  never: [24]
  rsoo: [65, 200]
  sol_max_rt: 2h
  information_refresh: 12h
  relays: ['2001:db8::/32']
  plugins:
    - some: x
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := assembly.Settings(file.Server6)
	if err != nil {
		t.Fatal(err)
	}
	if !s.AcceptUnicast || s.DeclineQuarantine != time.Hour || s.Preferred != 12*time.Hour || s.Valid != 24*time.Hour {
		t.Errorf("got %+v", s)
	}
	if !s.Always.Has(23) || s.Always.Has(24) || !s.Never.Has(24) || !s.RelaySupplied.Has(200) || len(s.TrustedRelays) != 1 {
		t.Errorf("got %+v", s)
	}
	var options []byte
	for _, o := range s.Options {
		options = o.Append(options)
	}
	if want := "\x00\x20\x00\x04\x00\x00\xa8\xc0\x00\x52\x00\x04\x00\x00\x1c\x20"; string(options) != want {
		t.Errorf("options %x, want %x: those that are not set are not sent", options, want)
	}
}

func TestAStoreThatIsNotCompiledInIsToldWithTheCommand(t *testing.T) {
	const command = "build a program that has it: go run github.com/stage6/stage6/generator server_id memory pebble --with example.org/some"
	for yaml, want := range map[string]string{
		"leases: /var/lib/stage6\n": "config.yml:1:9: leases: the store pebble is not compiled in (memory is): " + command,
		"":                          "default: leases: the store pebble is not compiled in (memory is): " + command,
		"leases: {server_id: x}\n":  "config.yml:1:10: leases: server_id is no store: it belongs under server6.plugins",
		"leases: memory\n":          "",
	} {
		file, err := config.Parse("config.yml", []byte(yaml+"server6:\n  plugins:\n    - server_id: a\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := plugins().CheckStore(file); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got  %s\nwant %s", yaml, got, want)
		}
	}
}
