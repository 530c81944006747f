// Package remotemac is the source of identity of docs/sources.md, for tests.
package remotemac

import (
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is a source of identity: some relay agents put the client's MAC at the
// end of their Remote-Id (RFC 4649), instead of into option 79.
var Plugin = pipeline.DefineSource("remote_mac", newSource)

type config struct {
	Enterprise uint32 // whose Remote-Ids end so; zero: any
}

func newSource(c config, _ pipeline.Env) (pipeline.Source, error) {
	return pipeline.SourceFunc(c.find), nil
}

// find takes the MAC from the relay agent nearest the client. Only a trusted one
// cannot be made up by the client.
func (c config) find(x *pipeline.Exchange) (ident.Evidence, bool) {
	if x.NumRelays() == 0 {
		return ident.Evidence{}, false
	}
	r := x.Relay(0)
	if !r.Trusted || len(r.RemoteID) < 6 || c.Enterprise != 0 && c.Enterprise != r.RemoteEnterprise {
		return ident.Evidence{}, false
	}
	mac, ok := ident.MACFromBytes(r.RemoteID[len(r.RemoteID)-6:])
	return ident.Evidence{Kind: ident.EvidenceMAC, MAC: mac, Trusted: true}, ok
}
