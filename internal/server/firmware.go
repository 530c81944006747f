package server

import (
	"encoding/binary"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/firmware"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
)

// spare keeps from firmware that boots what it drops an offer for, and adds what
// it drops an offer without, whoever proposed the boot file.
func spare(x *pipeline.Exchange, s *exchange.State) {
	url := s.Options.Has(uint16(dhcpv6.OptionBootfileURL))
	if !url && !s.Options.Has(uint16(dhcpv6.OptionBootfileParam)) {
		return
	}
	client := firmware.Of(x)
	if client.Kind == firmware.PXE {
		s.Options.Remove(uint16(dhcpv6.OptionBootfileParam), byServer)
	}
	if client.WantsClass && url {
		s.Options.Set(httpClass(s, client.Enterprise), false)
	}
}

// httpClass makes the vendor class that answers an HTTPClient of an enterprise:
// HTTPClient, behind its length.
func httpClass(s *exchange.State, enterprise uint32) exchange.Option {
	const class = "\x00\x0aHTTPClient"
	start := len(s.Made)
	made, mark := wire.BeginOption(s.Made, uint16(dhcpv6.OptionVendorClass))
	made = binary.BigEndian.AppendUint32(made, enterprise)
	s.Made = wire.EndOption(append(made, class...), mark)
	key := exchange.OptionKey{Code: uint16(dhcpv6.OptionVendorClass), Enterprise: enterprise}
	return exchange.Option{Key: key, Wire: s.Made[start:], By: "server"}
}
