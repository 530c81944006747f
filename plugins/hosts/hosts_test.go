package hosts

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{
		Plugin,
		pipeline.DefineOnce("identify", newIdentifier).WithDryRun(),
		pipeline.Define("pool", newPool).WithDryRun(),
		pipeline.Define("prefix", newDelegation).WithDryRun(),
		pipeline.Define("drop", newDrop).WithDryRun(),
		pipeline.Define("option", newOption).WithDryRun(),
	})
}

func TestPoolsFollowTheHosts(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "hosts.yml"), "web01: {mac: 52:54:00:aa:bb:01}\n")
	var registry *host.Registry
	s := pipelinetest.New(t, folder, "server6:\n  plugins:\n    - identify: {}\n    - hosts: hosts.yml\n    - peek: {}\n    - pool: '2001:db8:10::d:0'\n",
		[]pipelinetest.Interface{{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}},
		[]pipeline.Plugin{
			Plugin, pipeline.DefineOnce("identify", newIdentifier), pipeline.Define("pool", newPool),
			pipeline.Define("peek", func(_ struct{}, env pipeline.Env) (pipeline.Handler, error) {
				registry = env.Hosts
				return identifier{}, nil
			}),
		})
	becomes(t, registry, func() bool { return len(registry.Reserved()) == 1 }, func() {
		write(t, filepath.Join(folder, "hosts.yml"), "web01: {mac: 52:54:00:aa:bb:01, address: '2001:db8:10::d:0'}\n")
	})
	for _, c := range []struct{ mac, want string }{{"525400aabb09", "2001:db8:10::d:1"}, {"525400aabb01", "2001:db8:10::d:0"}} {
		msg, err := dhcptext.Parse("request 000001\n  client-id 00030001" + c.mac + "\n  server-id 00030001020000000001\n  ia-na 1 t1=0 t2=0\n")
		if err != nil {
			t.Fatal(err)
		}
		r := s.Serve(pipelinetest.Datagram{From: netip.MustParseAddrPort("[fe80::1%prov0]:546"), To: netip.MustParseAddr("ff02::1:2"), Data: msg})
		if got := dhcptext.Format(r.Data); !strings.Contains(got, "address "+c.want+" ") {
			t.Errorf("%s: want %s, got %s %s", c.mac, c.want, got, r.Drop)
		}
	}
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
