package server_test

import (
	"context"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// plugins are those that the exchanges of these tests use.
func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{
		pipeline.DefineOnce("server_id", func(c string, _ pipeline.Env) (pipeline.Handler, error) {
			return serverID("\x00\x03\x00\x01\x52\x54\x00\x00\x00\x01"), nil
		}),
		pipeline.Define("dns", func(c []netip.Addr, _ pipeline.Env) (pipeline.Handler, error) {
			o, err := pipeline.AddressOption(dhcpv6.OptionDNSRecursiveNameServer, c)
			return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
				x.SetOption(o)
				return pipeline.Continue, nil
			}), err
		}),
	}
}

type serverID ident.DUID

func (id serverID) ServerID(context.Context, lease.Store) (ident.DUID, error) {
	return ident.DUID(id), nil
}

func (serverID) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}
