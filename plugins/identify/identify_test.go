package identify

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/pool"
	"github.com/stage6/stage6/plugins/prefix"
	"github.com/stage6/stage6/plugins/stage"
)

// show is a plugin that drops every exchange and tells who the client is, so
// that golden exchanges can show it.
var show = pipeline.Define("show", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		said := []string{"client " + x.MAC().String()}
		if x.Host() != nil {
			said[0] += fmt.Sprintf(" is %s, trusted %v", strings.TrimSpace(x.Host().Name+" "+x.HostMatch().Interface.Name), x.HostTrusted())
		}
		for _, e := range x.Evidence() {
			trusted := fmt.Sprint(e.Trusted)
			if e.System {
				trusted = "at stage final"
			}
			said = append(said, fmt.Sprintf("%s %s, trusted %s", e.Source, e, trusted))
		}
		return x.Drop(strings.Join(said, "; "))
	}), nil
}).WithDryRun()

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, hosts.Plugin, pool.Plugin, prefix.Plugin, stage.Plugin, show})
}

func TestTheReadmesExample(t *testing.T) {
	pipelinetest.Examples(t, "README.md", []pipeline.Plugin{Plugin, hosts.Plugin, pool.Plugin})
}

// direct is a Solicit that the sources of a MAC but relay have an answer to,
// relayed one that all but frame have. In disputed those and the others say
// different things.
const (
	direct = `solicit 000001
  client-id 00030001525400aabb01
`
	relayed = `relay-forward hops=0 link=2001:db8:10::1 peer=fe80::5054:ff:feaa:bb01
  link-layer 0001525400aabb01
  relay-message
    solicit 000001
      client-id 00030001525400aabb01
`
	disputed = `relay-forward hops=0 link=2001:db8:10::1 peer=fe80::5054:ff:feaa:bb02
  link-layer 0001525400aabb01
  remote-id 0000000901ff
  relay-message
    solicit 000001
      client-id 000444454c4c420010358052b4c04f4a3132
      ia-na 671899556 t1=0 t2=0
      user-class "iPXE"
`
)

func TestIdentifyAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		message, peer string
		says          int
	}{
		{direct, "[fe80::5054:ff:feaa:bb01%2]:546", 4},
		{relayed, "[2001:db8:ffff::1]:547", 3},
		{disputed, "[2001:db8:ffff::1]:547", 5},
	} {
		data, err := dhcptext.Parse(c.message)
		if err != nil {
			t.Fatal(err)
		}
		x := &pipeline.Exchange{}
		s := x.Core().(*exchange.State)
		s.Table = bindings.New(time.Now, bindings.Options{})
		if reason := s.Msg.Decode(data); reason != wire.OK {
			t.Fatal(reason)
		}
		h, _, _ := everySource(t)
		s.Neighbors = neighbors{}
		a := exchange.Arrival{
			Peer: netip.MustParseAddrPort(c.peer), Time: pipelinetest.Start,
			FrameMAC: ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1},
		}
		n := testing.AllocsPerRun(100, func() {
			s.Reset(a)
			s.Trusted = 1
			h.Identify(x)
		})
		if n != 0 || len(x.Evidence()) != c.says {
			t.Errorf("%v allocations for %v", n, x.Evidence())
		}
	}
}

// neighbors has one machine at every address.
type neighbors struct{}

func (neighbors) MAC(uint32, netip.Addr) ident.MAC { return ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1} }

func (neighbors) Solicit(uint32, netip.Addr) <-chan struct{} { return nil }

// everySource makes a handler with every source, and hosts of which each is
// known by one kind of evidence; its log and its metrics.
func everySource(t *testing.T) (*handler, *logtest.Hook, *prometheus.Registry) {
	t.Helper()
	log, hook := logtest.NewNullLogger()
	metrics := prometheus.NewRegistry()
	env := pipeline.Env{Hosts: host.NewRegistry(), Log: logrus.NewEntry(log), Metrics: metrics}
	var uuid ident.UUID
	if err := uuid.UnmarshalText([]byte("4c4c4544-0042-3510-8052-b4c04f4a3132")); err != nil {
		t.Fatal(err)
	}
	port, err := ident.ParsePort("remote-id:9:0x01ff@2001:db8:10::1")
	if err != nil {
		t.Fatal(err)
	}
	if err := env.Hosts.Replace("test", []host.Host{
		{Name: "mac", Interfaces: []host.Interface{{MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}}}}},
		{Name: "port", Interfaces: []host.Interface{{Ports: []ident.Port{port}}}},
		{Name: "duid", Interfaces: []host.Interface{{Clients: []host.Client{{DUID: "\x00\x02\x00\x00\xab\x11\x01"}}}}},
		{Name: "uuid", UUIDs: []ident.UUID{uuid}, Interfaces: make([]host.Interface, 1)},
	}); err != nil {
		t.Fatal(err)
	}
	h, err := made(t, "iaid relay frame neighbor port eui64 duid uuid learned", env)
	if err != nil {
		t.Fatal(err)
	}
	return h, hook, metrics
}

// made makes a handler of settings.
func made(t *testing.T, yaml string, env pipeline.Env) (*handler, error) {
	t.Helper()
	if env.Metrics == nil {
		env.Metrics = prometheus.NewRegistry()
	}
	node, err := strict.Parse("plugin.yml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := strict.Decode(node, &c); err != nil {
		return nil, err
	}
	h, err := newHandler(c, env)
	if err != nil {
		return nil, err
	}
	return h.(*handler), nil
}

func TestSourcesNeedSomethingOfTheMachine(t *testing.T) {
	for settings, want := range map[string][]pipeline.Need{
		"relay eui64 duid": nil,
		"relay frame":      {pipeline.NeedFrames},
		"neighbor frame":   {pipeline.NeedNeighbors, pipeline.NeedFrames},
	} {
		h := pipelinetest.Handler(t, Plugin, settings)
		if got := h.(pipeline.Needer).Needs(); !slices.Equal(got, want) {
			t.Errorf("%s needs %v, want %v", settings, got, want)
		}
	}
}
