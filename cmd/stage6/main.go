// Command stage6 is a DHCPv6 server for provisioning networks.
package main

import (
	"os"

	"github.com/stage6/stage6/daemon"
)

//go:generate go run github.com/stage6/stage6/generator --list ../../generator/plugins.txt --write-list plugins_gen.go

func main() { os.Exit(daemon.Main(plugins())) }
