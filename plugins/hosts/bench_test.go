package hosts

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// BenchmarkHandle measures what the plugin adds to a Solicit of one of 50,000
// hosts, the look-up of the host included.
func BenchmarkHandle(b *testing.B) {
	a := newArrangement(b, manyHosts(50_000))
	b.ReportAllocs()
	for b.Loop() {
		if !a.handle() {
			b.Fatal("no address was proposed")
		}
	}
}

// BenchmarkLoad measures how long 100,000 hosts take from their text to the
// registry.
func BenchmarkLoad(b *testing.B) {
	for name, text := range map[string]string{"yml": manyHosts(100_000), "csv": manyRows(100_000)} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "hosts."+name)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				hosts, _ := newHosts(b, file, bindings.New(time.Now, bindings.Options{}))
				if hosts.Len() != 100_000 {
					b.Fatalf("%d hosts", hosts.Len())
				}
			}
		})
	}
}

func TestHandleAllocatesNothing(t *testing.T) {
	m := nth(7)
	for name, address := range map[string]string{"one address": m.address, "a block": "2001:db8:10::ff00:0/125"} {
		t.Run(name, func(t *testing.T) {
			a := newArrangement(t, strings.Replace(manyHosts(10), m.address, address, 1))
			n := testing.AllocsPerRun(100, func() {
				if !a.handle() {
					t.Fatal("no address was proposed")
				}
			})
			if n != 0 {
				t.Errorf("%v allocations for an exchange, want none", n)
			}
		})
	}
}

// arrangement is a handler and a Solicit for it.
type arrangement struct {
	x     *pipeline.Exchange
	s     *exchange.State
	h     pipeline.Handler
	hosts *host.Registry
}

func newArrangement(tb testing.TB, hosts string) *arrangement {
	tb.Helper()
	table := bindings.New(time.Now, bindings.Options{})
	a := &arrangement{x: &pipeline.Exchange{}}
	a.hosts, a.h = newHosts(tb, hosts, table)
	table.SetReserved(a.hosts.Reserved())
	msg, err := dhcptext.Parse("solicit 0a0b0c\n  client-id 0004000102030405060708090a0b0c0d0e0f\n  ia-na 1 t1=0 t2=0\n  ia-pd 1 t1=0 t2=0\n")
	if err != nil {
		tb.Fatal(err)
	}
	a.s = a.x.Core().(*exchange.State)
	a.s.Reset(exchange.Arrival{Time: time.Now()})
	if reason := a.s.Msg.Decode(msg); reason != wire.OK {
		tb.Fatal(reason)
	}
	a.s.Table, a.s.Link = table, &link.Link{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	return a
}

// handle serves the Solicit and says whether an address and a prefix were
// proposed.
func (a *arrangement) handle() bool {
	a.s.IAs, a.s.Tags, a.s.Hostname = a.s.IAs[:0], a.s.Tags[:0], ""
	a.s.LoadIAs()
	a.s.Host, _ = a.hosts.ByMAC(ident.MAC{0x52, 0x54, 0, 0, 0, 7})
	_, err := a.h.Handle(context.Background(), a.x)
	return err == nil && a.s.IAs[0].Decided && a.s.IAs[1].Decided && a.s.HasTag("rhel")
}

func newHosts(tb testing.TB, text string, table *bindings.Table) (*host.Registry, pipeline.Handler) {
	tb.Helper()
	node, err := strict.Parse("plugin.yml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	hosts := host.NewRegistry()
	env := pipeline.Env{
		Name: "hosts", Log: logrus.NewEntry(log), Clock: time.Now, Hosts: hosts,
		Metrics: prometheus.NewRegistry(), Pools: pipeline.NewPools(table.NewPoolSet()),
		Path: func(name string) string { return name },
	}
	h, err := Plugin.New(func(into any) error { return strict.Decode(node, into) }, env)
	if err != nil {
		tb.Fatal(err)
	}
	return hosts, h
}

// manyRows gives n hosts as CSV.
func manyRows(n int) string {
	b := strings.Builder{}
	b.WriteString("name,mac,uuid,address,prefix,state,tags\n")
	for i := range n {
		m := nth(i)
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,deploy,rhel web\n", m.name, m.mac, m.uuid, m.address, m.prefix)
	}
	return b.String()
}

// manyHosts gives the same as YAML.
func manyHosts(n int) string {
	b := strings.Builder{}
	for i := range n {
		m := nth(i)
		fmt.Fprintf(&b, "%s:\n  mac: %s\n  uuid: %s\n  address: %s\n  prefix: %s\n  state: deploy\n  tags: [rhel, web]\n", m.name, m.mac, m.uuid, m.address, m.prefix)
	}
	return b.String()
}

// machine is what is written of a machine.
type machine struct{ name, mac, uuid, address, prefix string }

func nth(i int) machine {
	return machine{
		name:    fmt.Sprintf("web%05d", i),
		mac:     fmt.Sprintf("52:54:00:%02x:%02x:%02x", i>>16, i>>8&0xff, i&0xff),
		uuid:    fmt.Sprintf("4c4c4544-0042-3510-8052-b4c04f%06x", i),
		address: fmt.Sprintf("2001:db8:10::%x:%x", 1+i>>16, i&0xffff),
		prefix:  fmt.Sprintf("2001:db8:%x:%x::/56", 0xf000+i>>8, i&0xff<<8),
	}
}
