package main

import (
	"fmt"
	"slices"
)

// scenario is what the clients do.
type scenario struct {
	name string
	args []string // of perfdhcp
	// every is the share of further messages, renewals, of the rate; 0: none.
	renew float64
	// steps is how many of perfdhcp's exchanges, each of two messages, are one.
	steps   int
	without []string // servers that cannot do it
}

// lookScenario gives the scenario of a name.
func lookScenario(name string) (scenario, error) {
	all := []scenario{
		{name: "exchange", steps: 2},
		{name: "renew", steps: 2, renew: 0.5},
		{name: "prefix", args: []string{"-e", "prefix-only"}, steps: 2, without: []string{"dnsmasq"}},
		{name: "relayed", args: []string{"-A", "1"}, steps: 2},
		{name: "rapid", args: []string{"-c"}, steps: 1},
	}
	for _, s := range all {
		if s.name == name {
			return s, nil
		}
	}
	return scenario{}, fmt.Errorf("scenario %q: want exchange, renew, prefix, relayed or rapid", name)
}

// lacks says whether a server cannot do it.
func (s scenario) lacks(peer string) bool { return slices.Contains(s.without, peer) }
