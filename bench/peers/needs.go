package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// packages are the Debian packages of the programs that are run.
var packages = map[string]string{
	"perfdhcp":  "kea-admin",
	"kea-dhcp6": "kea-dhcp6-server",
	"dhcpd":     "isc-dhcp-server",
	"dnsmasq":   "dnsmasq-base",
}

// missing says which packages have to be installed first.
func missing(servers []string) error {
	programs := []string{"perfdhcp"}
	for _, name := range servers {
		if program := programs6[name]; packages[program] != "" {
			programs = append(programs, program)
		}
	}
	var lacking []string
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			lacking = append(lacking, packages[program])
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("%s not installed: run scripts/install-bench-packages, or leave the server out with --servers", strings.Join(lacking, " and "))
}

const (
	coreDHCPModule  = "github.com/coredhcp/coredhcp"
	coreDHCPCommand = coreDHCPModule + "/cmds/coredhcp"
)

// buildCoreDHCP builds CoreDHCP, of the version in our go.mod and with the versions
// in its own, unless that was done before. It has a module of its own, so that
// nothing of ours changes what it is made of.
func buildCoreDHCP(ctx context.Context, o options) error {
	if !slices.Contains(o.servers, "coredhcp") {
		return nil
	}
	version, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Version}}", coreDHCPModule)
	if err != nil {
		return err
	}
	if have, err := output(ctx, "", "go", "version", "-m", o.coreDHCP()); err == nil && strings.Contains(have, version) {
		return nil
	}
	fmt.Fprintln(os.Stderr, "building CoreDHCP", version, "with its own dependencies, which takes some minutes the first time")
	module, err := os.MkdirTemp(o.work, "coredhcp-module-")
	if err != nil {
		return err
	}
	return errors.Join(buildIn(ctx, module, version, o.coreDHCP()), os.RemoveAll(module))
}

func buildIn(ctx context.Context, module, version, to string) error {
	for _, args := range [][]string{
		{"mod", "init", "bench"},
		{"mod", "edit", "-require", coreDHCPModule + "@" + version},
		{"build", "-mod=mod", "-o", to, coreDHCPCommand},
	} {
		if _, err := output(ctx, module, "go", args...); err != nil {
			return fmt.Errorf("build CoreDHCP (leave it out with --servers): %w", err)
		}
	}
	return nil
}

// coreDHCP is where CoreDHCP is, once it was built.
func (o options) coreDHCP() string { return filepath.Join(o.work, "coredhcp") }

// output runs a command in a directory and gives what it writes.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = dir
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(command.Args, " "), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}
