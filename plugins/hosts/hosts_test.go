package hosts

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{
		Plugin,
		pipeline.DefineOnce("identify", newIdentifier),
		pipeline.Define("pool", newPool),
		pipeline.Define("prefix", newDelegation),
		pipeline.Define("drop", newDrop),
		pipeline.Define("option", newOption),
	})
}

// identifier takes the client's MAC from a DUID-LL.
type identifier struct{}

func newIdentifier(struct{}, pipeline.Env) (pipeline.Handler, error) { return identifier{}, nil }

func (identifier) Identify(x *pipeline.Exchange) {
	if id := x.ClientID(); len(id) == 10 && string(id[:4]) == "\x00\x03\x00\x01" {
		mac, _ := ident.MACFromBytes(id[4:])
		x.AddEvidence(ident.Evidence{Source: "duid", Kind: ident.EvidenceMAC, MAC: mac})
	}
}

func (identifier) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

// newPool makes a pool of the 256 addresses from first on, for their link.
func newPool(first netip.Addr, env pipeline.Env) (pipeline.Handler, error) {
	last := first.As16()
	last[15] = 0xff
	pool, err := env.Pools.Addresses(pipeline.AddressPool{
		Name: "pool", Allocation: pipeline.Sequential,
		Ranges: []pipeline.Range{{First: first, Last: netip.AddrFrom16(last)}},
	})
	return picker{ident.NA, pool, netip.PrefixFrom(first, 128)}, err
}

// newDelegation makes a pool of prefixes of length 56, for every link.
func newDelegation(p netip.Prefix, env pipeline.Env) (pipeline.Handler, error) {
	pool, err := env.Pools.Prefixes(pipeline.PrefixPool{Name: "prefix", Prefix: p, Length: 56, Allocation: pipeline.Sequential})
	return picker{ident.PD, pool, netip.Prefix{}}, err
}

// picker serves identity associations of one type out of a pool.
type picker struct {
	ia   ident.IAType
	pool *pipeline.Pool
	on   netip.Prefix // on the only link that is served; zero for every link
}

func (p picker) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if p.on.IsValid() && !x.Link().Contains(p.on) {
		return pipeline.Continue, nil
	}
	for _, ia := range x.IAs() {
		if ia.IA().Type != p.ia || ia.Decided() {
			continue
		}
		if picked, ok := ia.Pick(p.pool, 0); ok {
			ia.Propose(pipeline.Grant{Prefix: picked, Pool: "pool"})
		}
	}
	return pipeline.Continue, nil
}

// newDrop makes a handler that drops every exchange.
func newDrop(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		return x.Drop("tagged")
	}), nil
}

// newOption makes a handler that sets options as a plugin does.
func newOption(o optiontext.Values, _ pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		for _, one := range o {
			x.SetOption(one)
		}
		return pipeline.Continue, nil
	}), nil
}
