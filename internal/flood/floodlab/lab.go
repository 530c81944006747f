package floodlab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
)

// Where the relay agent is, and what it sends to.
var (
	relayAddress = netip.MustParseAddr("2001:db8:30::1")
	relayLink    = netip.MustParseAddr("2001:db8:40::1")
	relayServer  = netip.MustParseAddrPort("[2001:db8:30::2]:547")
)

// serverMAC is that of the server's DUID.
var serverMAC = ident.MAC{0x52, 0x54, 0, 0, 0, 1}

// config is the server's configuration: two links, and one behind a relay agent. $LIMITS
// stands for the limits. The pool on the link of the flood is one that can be used up.
const config = `
leases: $DIR/leases
api: unix:$DIR/api.sock
server6:
  listen: ['[ff02::1:2%prov0]', '[ff02::1:2%prov1]', '[2001:db8:30::2]']
  relays: ['2001:db8:30::1/128']
  linkwatch: false
  limits: $LIMITS
  links:
    - {name: rack, prefixes: ['2001:db8:40::/64']}
  plugins:
    - server_id: LL $MAC
    - identify: relay eui64 duid
    - hosts:
$HOSTS    - pool: {range: '2001:db8:10::d:0/121', per_sender: 32}
    - pool: '2001:db8:20::d:0/112'
    - pool: '2001:db8:40::d:0/112'
`

// Lab is a server with two links, and a relay agent.
type Lab struct {
	Server  *netlab.Process
	station *netlab.Namespace
	clients *netlab.Namespace // on the link prov0, with the flood
	other   *netlab.Namespace // on the link prov1
	relay   *netlab.Namespace
	dir     string
	open    []*netlab.Namespace
}

// Open makes the namespaces and starts the server. limits is what the configuration
// says of them. Close ends both; on error nothing is left to close.
func Open(ctx context.Context, binary, dir, limits string) (*Lab, error) {
	l := &Lab{dir: dir}
	if err := l.openAll(ctx, binary, limits); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lab) openAll(ctx context.Context, binary, limits string) error {
	for _, n := range []struct {
		name string
		at   **netlab.Namespace
	}{{"server", &l.station}, {"clients", &l.clients}, {"other", &l.other}, {"relay", &l.relay}} {
		ns, err := netlab.Open(n.name)
		if err != nil {
			return err
		}
		*n.at = ns
		l.open = append(l.open, ns)
	}
	if err := l.join(ctx); err != nil {
		return err
	}
	return l.serve(ctx, binary, limits)
}

// join lays the cables.
func (l *Lab) join(ctx context.Context) error {
	for _, c := range []struct {
		far       *netlab.Namespace
		near      string
		addresses [2]string
	}{
		{l.clients, "prov0", [2]string{"2001:db8:10::2/64", "2001:db8:10::9/64"}},
		{l.other, "prov1", [2]string{"2001:db8:20::2/64", "2001:db8:20::9/64"}},
		{l.relay, "up0", [2]string{"2001:db8:30::2/64", "2001:db8:30::1/64"}},
	} {
		if err := netlab.Cable(netlab.Port{Namespace: l.station, Link: c.near}, netlab.Port{Namespace: c.far, Link: "eth0"}); err != nil {
			return err
		}
		for _, side := range []struct {
			ns            *netlab.Namespace
			link, address string
		}{{l.station, c.near, c.addresses[0]}, {c.far, "eth0", c.addresses[1]}} {
			if err := side.ns.AddAddress(side.link, netip.MustParsePrefix(side.address)); err != nil {
				return err
			}
			if _, err := side.ns.LinkLocal(ctx, side.link); err != nil {
				return err
			}
		}
	}
	return nil
}

// serve starts the server.
func (l *Lab) serve(ctx context.Context, binary, limits string) (err error) {
	var hosts strings.Builder
	for i := range knownMachines {
		own := fmt.Sprintf(", address: '2001:db8:10::1:%x'", i+1)
		if i%2 == 1 {
			own = "" // it has one of the pool
		}
		fmt.Fprintf(&hosts, "        web%02d: {mac: '%v'%s}\n", i, macOf(i), own)
	}
	text := strings.NewReplacer("$DIR", l.dir, "$MAC", serverMAC.String(), "$LIMITS", limits, "$HOSTS", hosts.String()).Replace(config)
	path := filepath.Join(l.dir, "config.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	if l.Server, err = l.station.Spawn(nil, binary, "serve", "--config", path); err != nil {
		return err
	}
	if err := l.Server.WaitOutput(ctx, 0, "msg=ready"); err != nil {
		return fmt.Errorf("start the server: %w\n%s", err, l.Server.Output)
	}
	return nil
}

// Close ends the server and the namespaces.
func (l *Lab) Close() {
	if l.Server != nil {
		l.Server.Kill()
	}
	for _, ns := range l.open {
		ns.Close()
	}
}

// Station is where the server runs.
func (l *Lab) Station() *netlab.Namespace { return l.station }
