package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// versionsOf says which servers were measured: the versions of Debian's packages,
// and of the modules.
func versionsOf(ctx context.Context, o options) (string, error) {
	var said []string
	for _, name := range o.servers {
		if p := packages[programs6[name]]; p != "" {
			said = append(said, fmt.Sprintf("%s %s", name, packageVersion(ctx, p)))
		}
	}
	if slices.Contains(o.servers, "coredhcp") {
		version, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Version}}", coreDHCPModule)
		if err != nil {
			return "", err
		}
		said = append(said, "coredhcp "+version)
	}
	said = append(said, "perfdhcp "+packageVersion(ctx, packages["perfdhcp"]))
	return "Versions: " + strings.Join(said, ", ") + ".\n", nil
}

// packageVersion is that of a Debian package, or says that there is none: a program
// may be there without.
func packageVersion(ctx context.Context, name string) string {
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Version}", name).Output()
	if err != nil {
		return "(no package)"
	}
	return string(out)
}
