package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// provisioning is a configuration with match expressions as operators write
// them, over many hosts.
const provisioning = `
leases: memory
server6:
  relays: ['2001:db8:20::1']
  links:
    - prefixes: ['2001:db8:20::/64']
  plugins:
    - server_id: LL 52:54:00:00:00:01
    - identify: relay eui64
    - tag:
        ipxe: 'user_class == "iPXE"'
        anaconda: 'user_class == "anaconda" or vendor_class startsWith "anaconda"'
    - ignore: 'mac startsWith "de:ad:"'
    - hosts: hosts.yml
    - lifetimes:
        preferred: 12h
        valid: 24h
    - preference: 255
      when: 'tag.ipxe'
    - pool: '2001:db8:20::d:0/112'
    - prefix:
        pool: '2001:db8:f000::/40'
        length: 56
      when: 'not tag.ipxe and not tag.anaconda'
    - dns: ['2001:db8:10::53']
    - searchdomains: example.net
    - ntp: ['2001:db8:10::123']
    - nbp: 'http://[2001:db8:10::2]/boot.ipxe'
      when: 'tag.ipxe'
    - nbp: 'tftp://[2001:db8:10::2]/snponly.efi'
      when: 'not tag.ipxe and arch == "x86_64"'
`

// relayedSolicit is what iPXE asks through a relay that knows its MAC, which
// is that of host 777.
const relayedSolicit = `relay-forward hops=0 link=2001:db8:20::1 peer=fe80::5054:ff:fe00:309
  interface-id 65746830
  link-layer 0001525400000309
  relay-message
    solicit 0837ef
      client-id 00044c4c4544004248108051b4c04f333331
      ia-na 2857742559 t1=0 t2=0
      oro 23 24 59 60
      vendor-class 343 "PXEClient:Arch:00007:UNDI:003010"
      arch 7
      option 62 01030a
      user-class "iPXE"
      elapsed 0
`

// provisionedServer makes a server with that configuration and so many hosts.
func provisionedServer(tb testing.TB, hosts int) *server.Server {
	tb.Helper()
	folder := tb.TempDir()
	var b bytes.Buffer
	for i := range hosts {
		fmt.Fprintf(&b, "web%05d: {mac: '52:54:00:%02x:%02x:%02x', address: '2001:db8:20::1:%x'}\n", i, i>>16, i>>8&0xff, i&0xff, i+1)
	}
	for name, data := range map[string][]byte{"config.yml": []byte(provisioning), "hosts.yml": b.Bytes()} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	srv, _ := assemble(tb, folder)
	srv.SetHistory(history.New(history.Options{}))
	return srv
}

// solicit gives the Solicit and how it arrives.
func solicit(tb testing.TB) ([]byte, exchange.Arrival) {
	tb.Helper()
	msg, err := dhcptext.Parse(relayedSolicit)
	if err != nil {
		tb.Fatal(err)
	}
	return msg, exchange.Arrival{
		Peer: netip.MustParseAddrPort("[2001:db8:20::1]:547"), Dst: netip.MustParseAddr("2001:db8:10::2"),
		Port: 547, Interface: prov0, Time: start,
	}
}

const relayedAdvertise = `relay-reply hops=0 link=2001:db8:20::1 peer=fe80::5054:ff:fe00:309
  interface-id 65746830
  relay-message
    advertise 0837ef
      client-id 00044c4c4544004248108051b4c04f333331
      server-id 00030001525400000001
      preference 255
      ia-na 2857742559 t1=21600 t2=34560
        address 2001:db8:20::1:30a preferred=43200 valid=86400
      dns 2001:db8:10::53
      search example.net
      boot-url "http://[2001:db8:10::2]/boot.ipxe"
`

// advertises fails the test unless the Solicit is answered as it should be.
func advertises(tb testing.TB, r server.Reply, drop string) {
	tb.Helper()
	if got := dhcptext.Format(r.Data); drop != "" || got != relayedAdvertise {
		tb.Fatalf("got %s\n%s\nwant\n%s", drop, got, relayedAdvertise)
	}
}

func TestARelayedSolicitAllocatesNothing(t *testing.T) {
	w := provisionedServer(t, 1000).NewWorker()
	msg, a := solicit(t)
	buf := make([]byte, 0, 4096)
	r, drop := w.Serve(context.Background(), buf, msg, a)
	advertises(t, r, drop)
	if n := testing.AllocsPerRun(1000, func() { r, drop = w.Serve(context.Background(), buf, msg, a) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	advertises(t, r, drop)
}

// BenchmarkRelayedSolicit is the whole way from a datagram to its reply, over
// 50,000 hosts.
func BenchmarkRelayedSolicit(b *testing.B) {
	w := provisionedServer(b, 50000).NewWorker()
	msg, a := solicit(b)
	buf := make([]byte, 0, 4096)
	r, drop := w.Serve(context.Background(), buf, msg, a)
	advertises(b, r, drop)
	b.ReportAllocs()
	for b.Loop() {
		w.Serve(context.Background(), buf, msg, a)
	}
}

// BenchmarkWithoutHistory is BenchmarkRelayedSolicit where nothing is kept for who
// asks later.
func BenchmarkWithoutHistory(b *testing.B) {
	srv := provisionedServer(b, 50000)
	srv.SetHistory(nil)
	w := srv.NewWorker()
	msg, a := solicit(b)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		w.Serve(context.Background(), buf, msg, a)
	}
}
