package server_test

import (
	"context"
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
	"github.com/stage6/stage6/plugins/ignore"
	"github.com/stage6/stage6/plugins/lifetimes"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/preference"
	"github.com/stage6/stage6/plugins/prefix"
	serverid "github.com/stage6/stage6/plugins/server_id"
	"github.com/stage6/stage6/plugins/tag"
)

// plugins are those that the exchanges of these tests use.
func plugins() []pipeline.Plugin {
	return []pipeline.Plugin{
		hosts.Plugin, identify.Plugin, ignore.Plugin, lifetimes.Plugin, pool.Plugin, preference.Plugin, prefix.Plugin,
		serverid.Plugin, tag.Plugin,
		pipeline.Define("dns", func(c []netip.Addr, _ pipeline.Env) (pipeline.Handler, error) {
			o, err := pipeline.AddressOption(dhcpv6.OptionDNSRecursiveNameServer, c)
			return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
				x.SetOption(o)
				return pipeline.Continue, nil
			}), err
		}),
	}
}
