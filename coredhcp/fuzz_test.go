package coredhcp

import (
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// FuzzWhatAPluginSeesCanBeRead takes any datagram. Each option that a plugin sees
// of it can be written and read again, but for DUIDs, of which the library reads
// fewer than there are.
func FuzzWhatAPluginSeesCanBeRead(f *testing.F) {
	for _, message := range []string{
		"solicit 0a0b01\n  client-id 00030001525400aabb01\n  ia-na 1 t1=0 t2=0\n  oro 23 59\n",
		"relay-forward hops=0 link=2001:db8:10::1 peer=fe80::2\n  link-layer 0001525400aabb02\n  relay-message\n    information-request 0a0b0c\n      client-id 00030001525400aabb01\n",
	} {
		datagram, err := dhcptext.Parse(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(datagram)
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		var s exchange.State
		if s.Msg.Decode(datagram) != wire.OK {
			return
		}
		outer, inner := request(&s)
		_ = outer.Summary()
		_ = outer.ToBytes()
		for _, o := range inner.Options.Options {
			if o.Code() == dhcpv6.OptionClientID {
				continue
			}
			if _, err := dhcpv6.ParseOption(o.Code(), o.ToBytes()); err != nil {
				t.Errorf("option %d of %x: %v", o.Code(), o.ToBytes(), err)
			}
		}
	})
}
