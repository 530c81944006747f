package lifetimes

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	grant := pipeline.Define("grant", newGrant).WithDryRun()
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, grant})
}

// newGrant makes a handler that gives everybody the same address.
func newGrant(a netip.Addr, _ pipeline.Env) (pipeline.Handler, error) {
	p := netip.PrefixFrom(a, 128)
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		for _, ia := range x.IAs() {
			if ia.Hold(p) {
				ia.Propose(pipeline.Grant{Prefix: p})
			}
		}
		return pipeline.Continue, nil
	}), nil
}
