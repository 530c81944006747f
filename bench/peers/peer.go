package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// peer is a server that can be started on the cable, in a directory of its own.
type peer struct {
	name    string
	config  string // the text of its configuration, with $DIR for the directory
	command []string
}

// What all serve: a pool of 2^32 addresses, so that none runs out, one of prefixes,
// two options, leases of an hour.
const (
	keaConfig = `{ "Dhcp6": {
  "data-directory": "$DIR",
  "interfaces-config": { "interfaces": [ "srv0" ], "re-detect": true },
  "lease-database": { "type": "memfile", "persist": true, "name": "$DIR/leases.csv" },
  "multi-threading": { "enable-multi-threading": true },
  "preferred-lifetime": 3600, "valid-lifetime": 7200, "renew-timer": 1800, "rebind-timer": 2880,
  "option-data": [ { "name": "dns-servers", "data": "2001:db8:1::53" }, { "name": "domain-search", "data": "example.net" } ],
  "subnet6": [ { "id": 1, "subnet": "2001:db8:1::/64", "interface": "srv0", "rapid-commit": true,
    "pools": [ { "pool": "2001:db8:1:0:0:1::/96" } ],
    "pd-pools": [ { "prefix": "2001:db8:8000::", "prefix-len": 36, "delegated-len": 60 } ] } ],
  "loggers": [ { "name": "kea-dhcp6", "severity": "ERROR", "output_options": [ { "output": "$DIR/log" } ] } ]
} }
`
	dhcpdConfig = `authoritative;
preferred-lifetime 3600;
default-lease-time 7200;
option dhcp6.name-servers 2001:db8:1::53;
option dhcp6.domain-search "example.net";
option dhcp6.rapid-commit;
subnet6 2001:db8:1::/64 {
  range6 2001:db8:1:0:0:1::/96;
  prefix6 2001:db8:8000:: 2001:db8:8fff:fff0:: /60;
}
`
	dnsmasqConfig = `port=0
interface=srv0
bind-interfaces
no-resolv
no-hosts
dhcp-range=2001:db8:1:0:0:1::,2001:db8:1:0:0:1:ffff:ffff,64,2h
dhcp-option=option6:dns-server,[2001:db8:1::53]
dhcp-option=option6:domain-search,example.net
dhcp-rapid-commit
dhcp-lease-max=10000000
dhcp-leasefile=$DIR/leases
quiet-dhcp6
log-facility=$DIR/log
user=root
`
	stage6Config = `leases: $DIR/leases
api: unix:$DIR/api.sock
log: {level: error}
server6:
  listen: ['[ff02::1:2%srv0]', '[2001:db8:1::1]']
  relays: ['2001:db8:1::/64', 'fe80::/10']
  links:
    - {interface: srv0, rapid_commit: true}
  plugins:
    - server_id: auto
    - lifetimes: {preferred: 1h, valid: 2h}
    - pool: '2001:db8:1:0:0:1::/96'
    - prefix: {pool: '2001:db8:8000::/36', length: 60}
    - dns: '2001:db8:1::53'
    - searchdomains: example.net
`
)

// lookPeer gives the server of a name.
func lookPeer(name, binary string) (peer, error) {
	switch name {
	case "kea":
		return peer{name, keaConfig, []string{"env", "KEA_LOCKFILE_DIR=none", "KEA_PIDFILE_DIR=$DIR", "kea-dhcp6", "-c", "$DIR/config"}}, nil
	case "dhcpd":
		return peer{name, dhcpdConfig, []string{"dhcpd", "-6", "-f", "-q", "-cf", "$DIR/config", "-lf", "$DIR/leases", "-pf", "$DIR/pid", "srv0"}}, nil
	case "dnsmasq":
		return peer{name, dnsmasqConfig, []string{"dnsmasq", "--keep-in-foreground", "--conf-file=$DIR/config", "--pid-file"}}, nil
	case "stage6":
		path, err := filepath.Abs(binary)
		return peer{name, stage6Config, []string{path, "serve", "--config", "$DIR/config"}}, err
	}
	return peer{}, fmt.Errorf("server %q: want kea, dhcpd, dnsmasq or stage6", name)
}

// prepare writes what the server needs into a directory, and gives its command.
func (p peer) prepare(dir string) ([]string, error) {
	in := func(s string) string { return strings.ReplaceAll(s, "$DIR", dir) }
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(in(p.config)), 0o644); err != nil {
		return nil, err
	}
	if p.name == "dhcpd" { // which wants a file that exists
		if err := os.WriteFile(filepath.Join(dir, "leases"), nil, 0o644); err != nil {
			return nil, err
		}
	}
	var command []string
	for _, word := range p.command {
		command = append(command, in(word))
	}
	return command, nil
}
