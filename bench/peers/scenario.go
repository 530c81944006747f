package main

import (
	"encoding/hex"
	"os"
	"slices"
	"strconv"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// scenario is what the clients do.
type scenario struct {
	name, what string
	args       []string // of perfdhcp
	renew      bool     // every machine renews its lease once
	rapid      bool     // with Rapid Commit, by our own clients
	lookup     bool     // the machines and their addresses are in a list
	rack       bool     // a rack of our simulator's, in the place of perfdhcp
	last       dhcpv6.MessageType
	servers    []string
}

// listed is how many machines are in the list of a lookup.
const listed = 50000

// scenarios are all of them, in the order of the tables.
func scenarios() []scenario {
	leasing := []string{"kea", "dhcpd", "dnsmasq", "stage6"}
	looking := []string{"kea", "coredhcp", "stage6", mirrorName}
	and := func(name string) []string { return append(slices.Clone(leasing), name) }
	return []scenario{
		{name: "exchange", what: "Solicit, Advertise, Request, Reply for one address", last: dhcpv6.MessageTypeRequest, servers: and(mirrorName)},
		{name: "renew", what: "the same, and every machine renews its lease once", renew: true, last: dhcpv6.MessageTypeRenew, servers: leasing},
		{name: "prefix", what: "as exchange, for a delegated prefix", args: []string{"-e", "prefix-only"}, last: dhcpv6.MessageTypeRequest,
			servers: []string{"kea", "dhcpd", "stage6"}},
		{name: "relayed", what: "as exchange, in Relay-forward of one relay agent", args: []string{"-A", "1"}, last: dhcpv6.MessageTypeRequest, servers: leasing},
		{name: "rapid", what: "Solicit with Rapid Commit, Reply", rapid: true, last: dhcpv6.MessageTypeSolicit, servers: and(mirrorName)},
		{name: "lookup", what: "as exchange, for " + strconv.Itoa(listed) + " machines whose addresses stand in a list, found by the MAC in their DUIDs",
			lookup: true, last: dhcpv6.MessageTypeRequest, servers: looking},
		{name: "advertise", what: "Solicit and Advertise alone, for the same machines: nothing is leased", args: []string{"-i"},
			lookup: true, last: dhcpv6.MessageTypeSolicit, servers: looking},
		{name: "rack", what: "a rack powers on", rack: true, servers: []string{"kea", "dhcpd", "dnsmasq", "coredhcp", "stage6"}},
	}
}

// choose gives the scenario of a name, or all.
func choose(name string) (found []scenario) {
	for _, s := range scenarios() {
		if name == "all" || name == s.name {
			found = append(found, s)
		}
	}
	return found
}

func scenarioNames() (names []string) {
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// hosts gives the machines that a server is told of.
func (s scenario) hosts(o options, server string) known {
	switch {
	case s.lookup:
		return listed
	case s.rack && server == "coredhcp": // which gives no addresses but of its list
		return known(o.machines)
	}
	return 0
}

// generator gives the command of the clients, at a rate, for some seconds.
func (s scenario) generator(rate, seconds int) (name string, args []string, err error) {
	if s.rapid {
		self, err := os.Executable()
		return self, []string{rapidCommand, "cli0", strconv.Itoa(rate), strconv.Itoa(seconds)}, err
	}
	args = []string{
		"-r", strconv.Itoa(rate), "-R", strconv.Itoa(s.clients()), "-p", strconv.Itoa(seconds),
		"-W", "500000", "-g", "single", "-b", "mac=" + firstMAC.String(),
	}
	if s.renew {
		args = append(args, "-f", strconv.Itoa(rate))
	}
	if s.lookup { // the same DUIDs each time, as machines have
		args = append(args, "-b", "duid=00030001"+hex.EncodeToString(firstMAC))
	}
	return "perfdhcp", onCable(append(args, s.args...)), nil
}

// onCable completes the arguments of perfdhcp.
func onCable(args []string) []string {
	return append(append([]string{"-6", "-l", "cli0"}, args...), "all")
}

// clients is how many clients there are: those of the list, or so many that none
// comes twice in a measurement.
func (s scenario) clients() int {
	if s.lookup {
		return listed
	}
	return 1 << 24
}

// can says whether a server is measured in it.
func (s scenario) can(server string) bool { return slices.Contains(s.servers, server) }
