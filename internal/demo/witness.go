package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/stage"
)

// What config.yml gives web01.
var (
	deployRange = netip.MustParsePrefix("2001:db8:10::d:0/112")
	ownAddress  = netip.MustParseAddr("2001:db8:10::101")
	ownPrefix   = netip.MustParsePrefix("2001:db8:f001::/56")
)

// check compares what a program got with what it must be given.
func check(state host.State, p *simulate.Profile, e *simulate.Exchange) error {
	if want, url := bootFile(state, p), e.Answer.BootFile(); (want == "") != (url == "") || !strings.HasPrefix(url, want) {
		return fmt.Errorf("got boot file %q, want %q", url, want)
	}
	if p.Stage == stage.Final {
		if len(e.Given) != 2 || e.Given[0].Prefix.Addr() != ownAddress || e.Given[1].Prefix != ownPrefix {
			return fmt.Errorf("got %v, want %v and %v", e.Given, ownAddress, ownPrefix)
		}
		return nil
	}
	if len(e.Given) != 1 || !deployRange.Contains(e.Given[0].Prefix.Addr()) {
		return fmt.Errorf("got %v, want one address of %v", e.Given, deployRange)
	}
	return nil
}

// bootFile is with what the URL begins that a program must be told to load; "" is
// that there is none.
func bootFile(state host.State, p *simulate.Profile) string {
	switch {
	case p.Name == "uefi-http":
		return "http://[2001:db8:10::2]/ipxe.efi"
	case p.Stage == stage.Loader && state == host.Deploy:
		return "http://[2001:db8:10::2]/install.ipxe?token="
	case p.Stage == stage.Loader:
		return "http://[2001:db8:10::2]/exit.ipxe"
	}
	return ""
}

// installerAddress finds the address of the installer that started last.
func installerAddress(leases []api.Lease) (netip.Addr, error) {
	var last api.Lease
	for _, l := range leases {
		if l.Stage == stage.Installer && l.Updated.After(last.Updated) {
			last = l
		}
	}
	if !last.Prefix.IsValid() {
		return netip.Addr{}, errors.New("the server lists no lease of an installer")
	}
	return last.Prefix.Addr(), nil
}
