package route

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/final"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/prefix"
	"github.com/stage6/stage6/plugins/stage"
	"github.com/stage6/stage6/plugins/tag"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// plugins are those of the tests, with a kernel that has prov0 only.
func plugins() []pipeline.Plugin {
	faked := pipeline.DefineOnce("route", func(c config, env pipeline.Env) (pipeline.Handler, error) {
		h, err := newHandler(c, env)
		if err != nil {
			return nil, err
		}
		h.(*handler).keeper.router = newFakeKernel()
		h.(*handler).names.ask = func(index int) (*net.Interface, error) {
			if index != 1 {
				return nil, errors.New("no such interface")
			}
			return &net.Interface{Name: "prov0"}, nil
		}
		return h, nil
	})
	return []pipeline.Plugin{faked, final.Plugin, hosts.Plugin, identify.Plugin, pool.Plugin, prefix.Plugin, stage.Plugin, tag.Plugin}
}

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestTheReadmesExample(t *testing.T) { pipelinetest.Examples(t, "README.md", plugins()) }

func TestSettingsThatAreWrong(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"nothing":              {"", `plugin.yml:1:1: nothing is set, write kernel for routes in the kernel of this machine`},
		"another target":       {"bird\n", `plugin.yml:1:1: "bird": want kernel`},
		"no target":            {"metric: 7\n", `plugin.yml:1:1: where routes are made is missing, write to: kernel, or exec and a command`},
		"both targets":         {"exec: /bin/true\nto: kernel\n", `plugin.yml:2:5: to: not beside exec: routes are made in the kernel or by a command`},
		"a metric of commands": {"{exec: /bin/true, metric: 7}\n", `plugin.yml:1:27: metric: not beside exec: routes are made in the kernel or by a command`},
		"a timeout of kernels": {"{to: kernel, timeout: 7s}\n", `plugin.yml:1:23: timeout: only beside exec: it is how long a command may take`},
		"no such command":      {"exec: /no/such\n", `plugin.yml:1:1: exec: "/no/such": stat /no/such: no such file or directory`},
		"the kernel's number":  {"to: kernel\nprotocol: 2\n", `plugin.yml:2:11: protocol: 2: want 5 to 255`},
		"an unknown key":       {"to: kernel\ntable: 7\n", `plugin.yml:2:1: unknown key "table" (known: to, metric, protocol, exec, timeout)`},
		"a metric beyond most": {"{to: kernel, metric: 4294967296}\n", `plugin.yml:1:22: metric: 4294967296: want 1 to 4294967295`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(pipelinetest.ConfigError(t, t.TempDir(), Plugin, tc.yaml)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
