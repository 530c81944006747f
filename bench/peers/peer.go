package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configs are what the servers are configured with: a pool of 2^32 addresses, so
// that none runs out, one of prefixes, three options, leases of two hours. $DIR is
// the directory of the server.
//
//go:embed configs
var configs embed.FS

// peerNames are the servers in the order of the tables. The mirror is none: see
// mirror.go.
var peerNames = []string{"kea", "dhcpd", "dnsmasq", "coredhcp", "stage6", mirrorName}

// programs6 are the programs of those that are not built here.
var programs6 = map[string]string{"kea": "kea-dhcp6", "dhcpd": "dhcpd", "dnsmasq": "dnsmasq"}

// peer is a server that can be started on the cable, in a directory of its own.
type peer struct {
	name    string
	config  string   // its file among the configs; empty: none
	command []string // with $DIR for the directory
	hosts   func(known) string
}

// lookPeer gives a server as it is in a scenario.
func lookPeer(o options, name string, s scenario) (peer, error) {
	p := peer{name: name, hosts: known.lines}
	switch name {
	case "kea":
		p.config, p.hosts = "kea.json", known.reservations
		p.command = []string{"env", "KEA_LOCKFILE_DIR=none", "KEA_PIDFILE_DIR=$DIR", "kea-dhcp6", "-c", "$DIR/config"}
	case "dhcpd":
		p.config = "dhcpd.conf"
		p.command = []string{"dhcpd", "-6", "-f", "-q", "-cf", "$DIR/config", "-lf", "$DIR/leases", "-pf", "$DIR/pid", "srv0"}
	case "dnsmasq":
		p.config = "dnsmasq.conf"
		p.command = []string{"dnsmasq", "--keep-in-foreground", "--conf-file=$DIR/config", "--pid-file"}
	case "coredhcp":
		p.config = "coredhcp.yml"
		p.command = []string{o.coreDHCP(), "--conf", "$DIR/config.yml", "--loglevel", "error"}
	case "stage6":
		p.config = "stage6.yml"
		if s.lookup {
			p.config = "stage6-lookup.yml"
		}
		p.command = []string{o.binary, "serve", "--config", "$DIR/config"}
	case mirrorName:
		self, err := os.Executable()
		p.command = []string{self, mirrorCommand, "srv0"}
		return p, err
	default:
		return p, fmt.Errorf("server %q is none that is known", name)
	}
	return p, nil
}

// prepare writes what the server needs into a directory, and gives its command.
func (p peer) prepare(dir string, hosts known) ([]string, error) {
	in := func(s string) string { return strings.ReplaceAll(s, "$DIR", dir) }
	files := map[string]string{"hosts": p.hosts(hosts)}
	if p.config != "" {
		text, err := configs.ReadFile("configs/" + p.config)
		if err != nil {
			return nil, err
		}
		files["config"] = in(string(text))
		files["config.yml"] = files["config"] // CoreDHCP goes by the ending
	}
	if p.name == "dhcpd" { // which wants a file that exists
		files["leases"] = ""
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	var command []string
	for _, word := range p.command {
		command = append(command, in(word))
	}
	return command, nil
}
