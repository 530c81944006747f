package simulate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/wire"
)

// judge says why a program would not go on with an answer, or nil.
type judge func(*Client, *Answer) error

// judgeCommon is what every client looks at (RFC 9915 sections 16.3 and 16.10).
func judgeCommon(c *Client, a *Answer) error {
	client, _ := a.get(dhcpv6.OptionClientID)
	if !bytes.Equal(client, c.duid.ToBytes()) {
		return errors.New("it does not have the client's DUID: clients discard it")
	}
	server, ok := a.get(dhcpv6.OptionServerID)
	if !ok || len(server) == 0 {
		return errors.New("it has no server identifier: clients discard it")
	}
	if a.relayed != nil {
		return a.relayed
	}
	if s := statusIn(a.options); !s.ok() {
		return fmt.Errorf("the server says %s", s)
	}
	return nil
}

// judgeSystem is what systems want: a lease in one of their identity
// associations.
func judgeSystem(c *Client, a *Answer) error {
	var why error
	for i := range c.Associations {
		got, status, ok := a.association(&c.Associations[i])
		switch {
		case ok && status.ok() && len(got.Leases) > 0:
			return nil
		case why == nil:
			why = nothingIn(got.Type, status, ok)
		}
	}
	return why
}

func nothingIn(kind dhcpv6.OptionCode, s status, ok bool) error {
	switch {
	case !ok:
		return fmt.Errorf("it has no %s with the client's IAID", kindName(kind))
	case !s.ok():
		return fmt.Errorf("the server says %s in the %s", s, kindName(kind))
	}
	return fmt.Errorf("its %s has no lease that lives", kindName(kind))
}

func kindName(kind dhcpv6.OptionCode) string {
	if kind == dhcpv6.OptionIAPD {
		return "IA_PD"
	}
	return "IA_NA"
}

// judgeInform takes any Reply.
func judgeInform(*Client, *Answer) error { return nil }

// judgeFirmware is what both boot clients of UEFI look at.
func judgeFirmware(c *Client, a *Answer) error {
	if err := judgeSystem(c, a); err != nil {
		return fmt.Errorf("%w: UEFI takes it for a proxy offer, without an address", err)
	}
	if servers, ok := a.get(dhcpv6.OptionDNSRecursiveNameServer); ok && (len(servers) == 0 || len(servers)%16 != 0) {
		return fmt.Errorf("option 23 has %d octets, which are no addresses: UEFI drops the whole message", len(servers))
	}
	if a.BootFile() == "" {
		return errors.New("it has no boot file URL (option 59): UEFI has nothing to load")
	}
	return nil
}

// judgePXE is UEFI's network boot by TFTP.
func judgePXE(c *Client, a *Answer) error {
	if err := judgeFirmware(c, a); err != nil {
		return err
	}
	if err := judgeParameters(a); err != nil {
		return err
	}
	u, err := url.Parse(a.BootFile())
	if err != nil || u.Scheme != "tftp" {
		return fmt.Errorf("the boot file %q is not tftp://[ADDRESS]/PATH: UEFI PXE loads nothing else", a.BootFile())
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil || u.Port() != "" || u.User != nil {
		return fmt.Errorf("the boot file %q has a name, a port or credentials: UEFI PXE wants tftp://[ADDRESS]/PATH", a.BootFile())
	}
	return nil
}

// judgeParameters looks at option 60, whose first parameter UEFI reads as the
// size of the boot file (RFC 5970 section 3.2 knows nothing of that).
func judgeParameters(a *Answer) error {
	data, ok := a.get(dhcpv6.OptionBootfileParam)
	if !ok {
		return nil
	}
	if len(data) >= 2 {
		if n := int(binary.BigEndian.Uint16(data)); n <= len(data)-2 {
			if _, err := strconv.ParseUint(string(data[2:2+n]), 10, 16); err == nil {
				return nil
			}
		}
	}
	return errors.New("it has option 60, whose first parameter UEFI PXE reads as a file size: it drops the offer")
}

// judgeHTTP is UEFI's network boot by HTTP.
func judgeHTTP(c *Client, a *Answer) error {
	if err := judgeFirmware(c, a); err != nil {
		return err
	}
	want := append([]byte{0, 0, intel >> 8, intel & 0xff, 0, 10}, "HTTPClient"...)
	if class, _ := a.get(dhcpv6.OptionVendorClass); !bytes.HasPrefix(class, want) {
		return errors.New(`it has no option 16 of enterprise 343 with "HTTPClient": UEFI HTTP never asks for the offer`)
	}
	u, err := url.Parse(a.BootFile())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("the boot file %q is not http or https: UEFI HTTP loads nothing else", a.BootFile())
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && len(a.DNS()) == 0 {
		return fmt.Errorf("the boot file %q has a name, and there is no DNS server (option 23) to look it up", a.BootFile())
	}
	return nil
}

// judgeIPXE is iPXE, for which any status is fatal and which takes the first
// address of its IA_NA.
func judgeIPXE(c *Client, a *Answer) error {
	if where, s := anyStatus(a.options); !s.ok() {
		return fmt.Errorf("the server says %s in %s: iPXE gives up at any status", s, where)
	}
	if err := judgeSystem(c, a); err != nil {
		return err
	}
	if strings.TrimSpace(a.BootFile()) == "" {
		return errors.New("it has no boot file URL (option 59): iPXE has nothing to boot")
	}
	return nil
}

// anyStatus looks for a status other than Success, also in identity
// associations.
func anyStatus(options wire.Options) (string, status) {
	if s := statusIn(options); !s.ok() {
		return "the message", s
	}
	for code, data := range options.All() {
		kind := dhcpv6.OptionCode(code)
		if (kind == dhcpv6.OptionIANA || kind == dhcpv6.OptionIAPD) && len(data) >= 12 {
			if s := statusIn(wire.Options(data[12:])); !s.ok() {
				return "an " + kindName(kind), s
			}
		}
	}
	return "", status{}
}
