package route

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// handler says by way of whom the route to what is delegated goes. The route is
// made once that is durable.
type handler struct {
	clock   func() time.Time
	wishes  *wishes
	keeper  *keeper
	command *command // nil: routes are made in the kernel
	names   names
}

// Needs says that routes are changed, unless a command does that.
func (h *handler) Needs() []pipeline.Need {
	if h.command != nil {
		return nil
	}
	return []pipeline.Need{pipeline.NeedRoutes}
}

// Inherit takes over from a handler of before: from now on this one alone changes
// routes. What the same command has made it goes on from.
func (h *handler) Inherit(from pipeline.Handler) {
	was, ok := from.(*handler)
	if !ok {
		return
	}
	h.keeper.succeed(was.keeper)
	if h.command != nil && was.command != nil && h.command.path == was.command.path {
		h.command.known = was.command.known
	}
}

// Handle notes the neighbour by way of which the client is reached. Only
// installed systems are routed to.
func (h *handler) Handle(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
	if x.Stage() != stage.Final || !delegates(x) {
		return pipeline.Continue, nil
	}
	via := nextHop(x)
	if via.IsLinkLocalUnicast() {
		name, err := h.names.of(x.InterfaceIndex())
		if err != nil {
			return pipeline.Continue, err
		}
		via = via.WithZone(name)
	}
	x.SetVia(via)
	return pipeline.Continue, nil
}

// nextHop gives the neighbour that the message came from: the client, or the
// relay agent nearest this machine. An LDRA is none: it names no link, since it
// is a switch on that of its client (RFC 6221 section 5.3.1).
func nextHop(x *pipeline.Exchange) netip.Addr {
	hop := x.Peer().Addr().WithZone("")
	for i := x.NumRelays() - 1; i >= 0; i-- {
		r := x.Relay(i)
		if !r.LinkAddress.IsUnspecified() || !r.PeerAddress.IsLinkLocalUnicast() {
			break
		}
		hop = r.PeerAddress
	}
	return hop
}

// delegates says whether prefixes are asked for.
func delegates(x *pipeline.Exchange) bool {
	for _, ia := range x.IAs() {
		if ia.IA().Type == ident.PD {
			return true
		}
	}
	return false
}

// Follow takes note of what is durably leased.
func (h *handler) Follow(changes []lease.Change) {
	if h.command != nil {
		h.command.learn(changes, h.clock())
	}
	h.wishes.follow(changes)
}

// Run keeps the routes true. They stay when it ends: clients that have prefixes
// go on using them while the server is started again.
func (h *handler) Run(ctx context.Context) error {
	return h.keeper.run(ctx, h.names.forget)
}

// names are those of interfaces by their indexes. What is recorded is a name,
// since indexes change when the machine is started again.
type names struct {
	ask   func(index int) (*net.Interface, error)
	mu    sync.RWMutex
	known map[uint32]string
}

// of gives the name of an interface. It asks the kernel when that is the first
// time or the last one was a while ago.
func (n *names) of(index uint32) (string, error) {
	n.mu.RLock()
	name, ok := n.known[index]
	n.mu.RUnlock()
	if ok {
		return name, nil
	}
	i, err := n.ask(int(index))
	if err != nil {
		return "", fmt.Errorf("interface %d: %w", index, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[index] = i.Name
	return i.Name, nil
}

// forget has the kernel asked again: interfaces may be renamed.
func (n *names) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.known)
}
