package explain

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/exchange"
)

// serverPort is where DHCPv6 servers and relay agents are (RFC 9915 section 7.2).
const serverPort = 547

// Arrival gives how a message that is tried comes in. Index gives the index of an
// interface by its name, of the only one for an empty name.
func Arrival(m *api.TryMessage, now time.Time, index func(name string) (uint32, error)) (exchange.Arrival, error) {
	if !m.From.IsValid() {
		return exchange.Arrival{}, fmt.Errorf("from is missing: the address and port of the client or relay agent")
	}
	i, err := index(m.Interface)
	if err != nil {
		return exchange.Arrival{}, err
	}
	to := m.To
	if !to.IsValid() {
		to = netip.MustParseAddr("ff02::1:2")
	}
	return exchange.Arrival{Peer: m.From, Dst: to, Port: serverPort, Interface: i, FrameMAC: m.FrameMAC, Time: now}, nil
}
