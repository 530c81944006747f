package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// pluginOfCoreDHCP is a file with a plugin of CoreDHCP's kind.
const pluginOfCoreDHCP = `package hello

import (
	"github.com/coredhcp/coredhcp/handler"
	"github.com/coredhcp/coredhcp/plugins"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

var Plugin = plugins.Plugin{Name: "hello", Setup6: func(...string) (handler.Handler6, error) {
	return func(_, resp dhcpv6.DHCPv6) (dhcpv6.DHCPv6, bool) { return resp, false }, nil
}}
`

// buildsPluginsOfCoreDHCP builds a program with a plugin of somebody's for CoreDHCP
// and one that CoreDHCP comes with, which takes the name of ours.
func buildsPluginsOfCoreDHCP(t *testing.T, w *workplace) {
	w.write(t, "theirs/go.mod", "module example.org/hello\n\ngo 1.24.0\n\nrequire github.com/coredhcp/coredhcp v0.0.0-20260217182248-a0841cb3038f\n")
	w.write(t, "theirs/hello.go", pluginOfCoreDHCP)
	t.Chdir(filepath.Join(w.root, "theirs"))
	succeed(t, "--stage6", w.stage6, "memory", "server_id", "--with", ".", "--with", "github.com/coredhcp/coredhcp/plugins/searchdomains")
	out, err := exec.Command("./stage6", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`\n  hello +example\.org/hello +v0\.0\.0 \(local\)\n`, `\n  searchdomains +github\.com/coredhcp/coredhcp/plugins/searchdomains +v0\.0\.0-20260217182248-a0841cb3038f\n`} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("want %s in\n%s", want, out)
		}
	}
	isStatic(t, "./stage6")
	w.isEmpty(t)
}
