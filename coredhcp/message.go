package coredhcp

import (
	"fmt"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// nameOf gives the name of a type of message as configurations write it.
func nameOf(m message) string {
	return strings.ToLower(dhcpv6.MessageType(m).String())
}

func unknownMessage(text []byte) error {
	var names []string
	for _, m := range shown() {
		names = append(names, nameOf(m))
	}
	return fmt.Errorf("%q is not a type of message that plugins of CoreDHCP's see, want some of %s", text, strings.Join(names, ", "))
}
