package main

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

// programs are the clients that web01 is in a boot.
const programs = "uefi-pxe,ipxe,anaconda,networkd"

// What config.yml gives web01.
var (
	deployRange = netip.MustParsePrefix("2001:db8:10::d:0/112")
	ownAddress  = netip.MustParseAddr("2001:db8:10::101")
	ownPrefix   = netip.MustParsePrefix("2001:db8:f001::/56")
)

// witness compares what the machine gets with what config.yml says. It watches
// one boot.
type witness struct{ wrong error }

// Started looks at nothing.
func (w *witness) Started(*simulate.Client) {}

// Exchanged looks at each Reply to a Request.
func (w *witness) Exchanged(e *simulate.Exchange) {
	if e.Err != nil || e.Sent != dhcpv6.MessageTypeRequest {
		return
	}
	at := e.Client.Profile.Stage
	if err := check(at, e.Given, e.Answer.BootFile()); err != nil {
		w.wrong = errors.Join(w.wrong, fmt.Errorf("%s: %w", at, err))
	}
}

// check compares what a stage got with what it must be given.
func check(at stage.Stage, given []simulate.Lease, url string) error {
	if want := bootFile(at); url != want {
		return fmt.Errorf("got boot file %q, want %q", url, want)
	}
	if at == stage.Final {
		if len(given) != 2 || given[0].Prefix.Addr() != ownAddress || given[1].Prefix != ownPrefix {
			return fmt.Errorf("got %v, want %v and %v", given, ownAddress, ownPrefix)
		}
		return nil
	}
	if len(given) != 1 || !deployRange.Contains(given[0].Prefix.Addr()) {
		return fmt.Errorf("got %v, want one address of %v", given, deployRange)
	}
	return nil
}

// bootFile is what a stage must be told to load; "" is nothing.
func bootFile(at stage.Stage) string {
	switch at {
	case stage.Firmware:
		return "tftp://[2001:db8:10::2]/snponly.efi"
	case stage.Loader:
		return "http://[2001:db8:10::2]/boot.ipxe"
	}
	return ""
}
