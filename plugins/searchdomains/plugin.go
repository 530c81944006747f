// Package searchdomains is the plugin that tells clients the domains in which
// they look up short names: option 24 (RFC 3646 section 4).
package searchdomains

import (
	"context"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the plugin.
var Plugin = pipeline.Define("searchdomains", func(c config, _ pipeline.Env) (pipeline.Handler, error) { return c, nil }).WithDryRun()

// config is the settings: domain names. They are encoded as they are read.
type config struct{ domains *pipeline.Option }

// DecodeNode reads domain names, on one line or as a list.
func (c *config) DecodeNode(n strict.Node) (err error) {
	c.domains, err = optiontext.Decode(dhcpv6.OptionDomainSearchList, n)
	return err
}

// Handle proposes the domains.
func (c config) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	x.SetOption(c.domains)
	return pipeline.Continue, nil
}
