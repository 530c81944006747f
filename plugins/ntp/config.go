package ntp

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// config is the settings: addresses and names. They are encoded as they are
// read.
type config struct {
	sources *pipeline.Option
	sntp    *pipeline.Option // nil without unicast addresses
}

// DecodeNode reads addresses and names, on one line or as a list.
func (c *config) DecodeNode(n strict.Node) (err error) {
	if c.sources, err = optiontext.Decode(dhcpv6.OptionNTPServer, n); err != nil {
		return err
	}
	var servers texts
	if err := strict.Decode(n, &servers); err != nil {
		return err
	}
	if addrs := servers.unicast(); len(addrs) > 0 {
		c.sntp, err = pipeline.AddressOption(dhcpv6.OptionSNTPServerList, addrs)
	}
	return err
}

// texts is a list that may be written on one line.
type texts []string

// SplitFields says that it may.
func (texts) SplitFields() bool { return true }

// unicast gives what is the address of one server: option 31 has no room for
// other sources.
func (ts texts) unicast() (out []netip.Addr) {
	for _, text := range ts {
		if a, err := netip.ParseAddr(text); err == nil && !a.IsMulticast() {
			out = append(out, a)
		}
	}
	return out
}
