package integ

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab"
)

// crowd is many clients behind one relay agent, all of them simulated. What they
// are told goes into a ledger.
type crowd struct {
	t        *testing.T
	conn     *net.UDPConn
	server   netip.AddrPort
	link     netip.Addr
	members  []*member
	ledger   *ledger
	patience time.Duration // how long a member waits for an answer
	readers  sync.WaitGroup
}

// newCrowd makes a crowd whose relay agent sends from port 547 of an address.
func newCrowd(t *testing.T, ns *netlab.Namespace, relay, server netip.Addr, link netip.Addr, members int) *crowd {
	t.Helper()
	c := &crowd{
		t: t, server: netip.AddrPortFrom(server, dhcpv6.DefaultServerPort), link: link,
		ledger: newLedger(), patience: 500 * time.Millisecond,
	}
	check(t, ns.Do(func() (err error) {
		c.conn, err = net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.AddrPortFrom(relay, dhcpv6.DefaultServerPort)))
		return err
	}))
	check(t, c.conn.SetReadBuffer(4<<20))
	for id := range members {
		c.members = append(c.members, newMember(c, uint32(id)))
	}
	c.readers.Go(c.read)
	t.Cleanup(func() {
		c.conn.Close()
		c.readers.Wait()
	})
	return c
}

// read hands answers to the members that they are for.
func (c *crowd) read() {
	buffer := make([]byte, 1<<16)
	for {
		size, err := c.conn.Read(buffer)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // the server's port was unreachable
		}
		if m, answer := c.open(buffer[:size]); answer != nil {
			select {
			case m.answers <- answer:
			default: // it no longer waits
			}
		}
	}
}

// open takes an answer out of its Relay-reply.
func (c *crowd) open(datagram []byte) (*member, *dhcpv6.Message) {
	outer, err := dhcpv6.RelayMessageFromBytes(append([]byte(nil), datagram...))
	if err != nil {
		c.t.Errorf("no Relay-reply: %v", err)
		return nil, nil
	}
	answer, err := outer.GetInnerMessage()
	if err != nil {
		c.t.Errorf("no message in a Relay-reply: %v", err)
		return nil, nil
	}
	id := binary.BigEndian.Uint32(outer.PeerAddr[12:])
	if id >= uint32(len(c.members)) {
		c.t.Errorf("a Relay-reply for %v, who is nobody", outer.PeerAddr)
		return nil, nil
	}
	return c.members[id], answer
}

// bustle lets the members do as they like, several at a time, until ctx ends.
func (c *crowd) bustle(ctx context.Context, atATime int) {
	var all sync.WaitGroup
	for i := range atATime {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), uint64(len(c.members))))
			mine := (len(c.members) + atATime - 1 - i) / atATime
			for ctx.Err() == nil {
				c.members[i+random.IntN(mine)*atATime].act(ctx, random)
			}
		})
	}
	all.Wait()
}
