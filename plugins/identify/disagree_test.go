package identify

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// identified asks the sources for the client of a relayed message.
func identified(t *testing.T, h *handler, text string, at time.Time) *pipeline.Exchange {
	t.Helper()
	data, err := dhcptext.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	x := &pipeline.Exchange{}
	s := x.Core().(*exchange.State)
	s.Table = bindings.New(time.Now, bindings.Options{})
	if reason := s.Msg.Decode(data); reason != wire.OK {
		t.Fatal(reason)
	}
	s.Reset(exchange.Arrival{Peer: netip.MustParseAddrPort("[2001:db8:ffff::1]:547"), Time: at})
	s.Trusted = 1
	h.Identify(x)
	return x
}

// counted gives the pairs that disagreed, with how often.
func counted(t *testing.T, r prometheus.Gatherer) (out []string) {
	t.Helper()
	families, err := r.Gather()
	if err != nil || len(families) != 1 {
		t.Fatalf("%d metrics, want 1 (%v)", len(families), err)
	}
	for _, m := range families[0].GetMetric() {
		if n := m.GetCounter().GetValue(); n != 0 {
			out = append(out, fmt.Sprintf("%s before %s: %v", m.GetLabel()[1].GetValue(), m.GetLabel()[0].GetValue(), n))
		}
	}
	return out
}

func TestSourcesDisagree(t *testing.T) {
	const known, unknown = "0001525400aabb01", "0001525400aabb77"
	for name, c := range map[string]struct {
		linkLayer, peer, port, message string
		want                           []string
	}{
		"none: all say the same": {
			known, "fe80::5054:ff:feaa:bb01", "", "client-id 00030001525400aabb01", nil,
		},
		"none: they say nothing": {
			"", "fe80::1", "", "client-id 00030020525400aabb01", nil,
		},
		"none: a MAC of no host says nothing of a host": {
			unknown, "fe80::1", "remote-id 0000000901ff", "client-id 00030020525400aabb01", nil,
		},
		"two MACs": {
			known, "fe80::5054:ff:feaa:bb02", "", "client-id 00030020525400aabb01", []string{"relay before eui64: 1"},
		},
		"two MACs of no host": {
			unknown, "fe80::5054:ff:feaa:bb78", "", "client-id 00030020525400aabb01", []string{"relay before eui64: 1"},
		},
		"a MAC and a UUID of two hosts": {
			known, "fe80::1", "", "client-id 000444454c4c420010358052b4c04f4a3132", []string{"relay before uuid: 1"},
		},
		"a MAC, a port and a UUID of three hosts": {
			known, "fe80::1", "remote-id 0000000901ff", "client-id 000444454c4c420010358052b4c04f4a3132",
			[]string{"relay before port: 1", "port before uuid: 1", "relay before uuid: 1"},
		},
		"a DUID that a host lists and the MAC of another": {
			known, "fe80::1", "", "client-id 00020000ab1101", []string{"hosts before relay: 1"},
		},
		"none: a DUID that a host lists and a MAC of no host": {
			unknown, "fe80::1", "", "client-id 00020000ab1101", nil,
		},
		"an IAID of iPXE that is not of its MAC": {
			known, "fe80::1", "", "client-id 00030020525400aabb01\n      ia-na 7 t1=0 t2=0\n      user-class \"iPXE\"", []string{"relay before iaid: 1"},
		},
		"none: an IAID of another program": {
			known, "fe80::1", "", "client-id 00030020525400aabb01\n      ia-na 7 t1=0 t2=0", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, metrics := everySource(t)
			options := c.port + "\n"
			if c.linkLayer != "" {
				options += "  link-layer " + c.linkLayer + "\n"
			}
			if c.port != "" {
				options = "  " + options
			}
			identified(t, h, "relay-forward hops=0 link=2001:db8:10::1 peer="+c.peer+"\n"+strings.TrimPrefix(options, "\n")+
				"  relay-message\n    solicit 000001\n      "+c.message+"\n", pipelinetest.Start)
			if got := counted(t, metrics); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDisagreementIsLoggedNowAndThen(t *testing.T) {
	h, log, _ := everySource(t)
	for i := range 3 {
		identified(t, h, disputed, pipelinetest.Start.Add(time.Duration(i)*time.Second))
	}
	lines := of(log, "eui64")
	if len(lines) != 1 {
		t.Fatalf("%d lines, want 1", len(lines))
	}
	for field, want := range map[string]any{
		"preferred": "relay", "preferred_says": "mac 52:54:00:aa:bb:01", "other": "eui64", "other_says": "mac 52:54:00:aa:bb:02",
		"duid": ident.DUID("\x00\x04\x44\x45\x4c\x4c\x42\x00\x10\x35\x80\x52\xb4\xc0\x4f\x4a\x31\x32"), "peer": netip.MustParseAddr("2001:db8:ffff::1"),
		"suppressed": 0,
	} {
		if got := lines[0].Data[field]; got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
	identified(t, h, disputed, pipelinetest.Start.Add(time.Minute))
	if lines = of(log, "eui64"); len(lines) != 2 || lines[1].Data["suppressed"] != 2 {
		t.Errorf("after a minute: %v", lines)
	}
}

// of gives the lines in which the source is the other one and relay preferred.
func of(log *logtest.Hook, other string) (out []*logrus.Entry) {
	for _, e := range log.AllEntries() {
		if e.Data["preferred"] == "relay" && e.Data["other"] == other {
			out = append(out, e)
		}
	}
	return out
}

func TestHostsThatNoSourceLooksFor(t *testing.T) {
	const yaml = `leases: memory
server6:
  listen: ['[ff02::1:2%prov0]']
  plugins:
    - identify: SOURCES
    - hosts:
        web01: {uuid: 4c4c4544-0042-3510-8052-b4c04f4a3132}
        web02: {port: 'interface-id:ge-0/0/7'}
    - show: {}
`
	for sources, want := range map[string]int{"relay": 2, "relay uuid": 1, "port": 1, "port uuid": 0, "relay remote_mac": 0} {
		var got []string
		for _, w := range warnings(t, strings.Replace(yaml, "SOURCES", sources, 1)) {
			if strings.Contains(w, "is not among the sources") {
				got = append(got, w)
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d warnings, want %d: %q", sources, len(got), want, got)
		}
	}
}
