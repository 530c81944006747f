package identify

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// show is a plugin that drops every exchange and tells who the client is, so
// that golden exchanges can show it.
var show = pipeline.Define("show", func(struct{}, pipeline.Env) (pipeline.Handler, error) {
	return pipeline.HandlerFunc(func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
		said := []string{"client " + x.MAC().String()}
		for _, e := range x.Evidence() {
			said = append(said, fmt.Sprintf("%s %s %s, trusted %v", e.Source, e.Kind, e.MAC, e.Trusted))
		}
		return x.Drop(strings.Join(said, "; "))
	}), nil
})

func TestExchanges(t *testing.T) {
	pipelinetest.Run(t, "testdata/*.txtar", []pipeline.Plugin{Plugin, show})
}

// direct is a Solicit that all sources but relay have an answer to, and relayed
// one that all but frame have.
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
)

func TestIdentifyAllocatesNothing(t *testing.T) {
	for message, peer := range map[string]string{
		direct:  "[fe80::5054:ff:feaa:bb01%2]:546",
		relayed: "[2001:db8:ffff::1]:547",
	} {
		data, err := dhcptext.Parse(message)
		if err != nil {
			t.Fatal(err)
		}
		x := &pipeline.Exchange{}
		s := x.Core().(*exchange.State)
		if reason := s.Msg.Decode(data); reason != wire.OK {
			t.Fatal(reason)
		}
		h := &handler{sources: sources()}
		a := exchange.Arrival{Peer: netip.MustParseAddrPort(peer), FrameMAC: ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}}
		n := testing.AllocsPerRun(100, func() {
			s.Reset(a)
			s.Trusted = 1
			h.Identify(x)
		})
		if n != 0 || len(x.Evidence()) != 3 {
			t.Errorf("%v allocations for %v", n, x.Evidence())
		}
	}
}

func TestOnlyFrameNeedsSomethingOfTheMachine(t *testing.T) {
	for settings, want := range map[string][]pipeline.Need{
		"relay eui64 duid": nil,
		"relay frame":      {pipeline.NeedFrames},
	} {
		h := pipelinetest.Handler(t, Plugin, settings)
		if got := h.(pipeline.Needer).Needs(); !slices.Equal(got, want) {
			t.Errorf("%s needs %v, want %v", settings, got, want)
		}
	}
}
