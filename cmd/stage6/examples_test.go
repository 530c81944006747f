package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// TestTheExamplesTellTheirStories plays the exchanges that stand beside the
// configurations of the examples, byte for byte. UPDATE_GOLDEN=1 rewrites what
// the server says.
func TestTheExamplesTellTheirStories(t *testing.T) {
	for _, folder := range examples(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			pipelinetest.Run(t, filepath.Join(folder, "*.txtar"), tame())
		})
	}
}

// TestTheStaticRangeIsNeverGivenOut drains the pool of that example.
func TestTheStaticRangeIsNeverGivenOut(t *testing.T) {
	const folder = "../../examples/static-range"
	config, err := os.ReadFile(filepath.Join(folder, "config.yml"))
	if err != nil {
		t.Fatal(err)
	}
	server := pipelinetest.New(t, folder, string(config), interfaces("config.yml"), tame())
	for n := range 4096 - 256 + 1 {
		reply := request(t, server, n)
		if strings.Contains(reply, "address 2001:db8:10::18") {
			t.Fatalf("client %d got an address of the static range: %s", n, reply)
		}
		if full := strings.Contains(reply, "status 2 "); full != (n == 4096-256) {
			t.Fatalf("client %d: the pool is full: %v: %s", n, full, reply)
		}
	}
}

// request lets the client of a number ask for an address.
func request(t *testing.T, server *pipelinetest.Server, n int) string {
	t.Helper()
	message, err := dhcptext.Parse(fmt.Sprintf("request 000001\n  client-id 00020000ab11%08x\n  server-id 00030001020000000001\n  ia-na 1 t1=0 t2=0\n", n))
	if err != nil {
		t.Fatal(err)
	}
	reply := server.Serve(pipelinetest.Datagram{
		From: netip.MustParseAddrPort("[fe80::1%prov0]:546"), To: netip.MustParseAddr("ff02::1:2"), Data: message,
	})
	return dhcptext.Format(reply.Data)
}

// TestTheExamplesAreCheckedWithoutWarnings has every configuration checked on a
// machine that has its interfaces.
func TestTheExamplesAreCheckedWithoutWarnings(t *testing.T) {
	for _, folder := range examples(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Chdir(folder)
			for _, name := range configurations(t) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range pipelinetest.Warnings(t, string(text), interfaces(name), plugins()) {
					t.Errorf("%s: %s", name, w)
				}
			}
		})
	}
}

// TestTheExamplesAreTold has a page for each example, in a list of all.
func TestTheExamplesAreTold(t *testing.T) {
	list, err := os.ReadFile("../../examples/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t) {
		name := filepath.Base(folder)
		if !strings.Contains(string(list), "("+name+"/README.md)") {
			t.Errorf("examples/README.md does not list %s", name)
		}
		if _, err := os.Stat(filepath.Join(folder, "README.md")); err != nil {
			t.Error(err)
		}
	}
}

// examples lists the folders of the examples.
func examples(t *testing.T) (folders []string) {
	t.Helper()
	found, err := filepath.Glob("../../examples/*/config.yml")
	if err != nil || len(found) == 0 {
		t.Fatalf("there are no examples (%v)", err)
	}
	for _, path := range found {
		folders = append(folders, filepath.Dir(path))
	}
	return folders
}

// configurations lists those of the folder that the test is in: the YAML files
// that are not hosts or tables of boot files.
func configurations(t *testing.T) (names []string) {
	t.Helper()
	found, err := filepath.Glob("*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if name != "hosts.yml" && name != "boot.yml" {
			names = append(names, name)
		}
	}
	return names
}

// interfaces are those that a configuration is for.
func interfaces(name string) []pipelinetest.Interface {
	on := "prov0"
	if name == "lab0.yml" {
		on = "lab0"
	}
	return []pipelinetest.Interface{{Name: on, Prefixes: []netip.Prefix{netip.MustParsePrefix("fe80::/64")}}}
}

// tame is what is compiled in, with server_id left to the golden exchanges, which
// have the same DUID each, and a route that does not touch this machine.
func tame() []pipeline.Plugin {
	kept := slices.DeleteFunc(plugins(), func(p pipeline.Plugin) bool { return p.Name() == "server_id" || p.Name() == "route" })
	return append(kept, pipeline.DefineOnce("route", func(string, pipeline.Env) (pipeline.Handler, error) { return noRoute{}, nil }))
}

// noRoute makes no routes.
type noRoute struct{}

func (noRoute) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}
