// Package dns is the plugin that tells clients their DNS servers: option 23
// (RFC 3646 section 3).
package dns

import (
	"context"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("dns", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return c, nil }).WithDryRun()

// config is the settings: addresses. They are encoded as they are read.
type config struct{ servers *pipeline.Option }

// DecodeNode reads addresses, on one line or as a list.
func (c *config) DecodeNode(n strict.Node) (err error) {
	c.servers, err = optiontext.Decode(dhcpv6.OptionDNSRecursiveNameServer, n)
	return err
}

// Handle proposes the servers.
func (c config) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	x.SetOption(c.servers)
	return pipeline.Continue, nil
}
