package neighbor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/ident"
)

const (
	eventBytes = 1 << 20     // the room for changes that were not looked at yet
	pause      = time.Second // before following is begun again after an error
)

// Run follows the kernel's table until ctx ends. When the kernel had no room for
// changes, or anything else fails, it begins anew, with all of the table.
func (t *Table) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := t.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		t.resyncs.Add(1)
		if errors.Is(err, unix.ENOBUFS) {
			continue
		}
		t.log.WithError(err).Warn("following the kernel's neighbours failed: starting again")
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// follow reads the kernel's table and then its changes, until ctx or the changes
// end. It subscribes first, so that nothing is missed in between.
func (t *Table) follow(ctx context.Context) error {
	s, err := subscribe()
	if err != nil {
		return err
	}
	defer s.close()
	list, err := netlink.NeighList(0, netlink.FAMILY_V6)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // then the changes tell
		return fmt.Errorf("list neighbours: %w", err)
	}
	t.replace(changes(list))
	for {
		select {
		case <-ctx.Done():
			return nil
		case u, ok := <-s.updates:
			if !ok {
				return s.failure()
			}
			t.apply(&u)
		}
	}
}

// subscription is a stream of changes of the kernel's table.
type subscription struct {
	updates chan netlink.NeighUpdate
	done    chan struct{}
	failed  chan error // the first error of the stream
}

func subscribe() (*subscription, error) {
	s := &subscription{make(chan netlink.NeighUpdate, 64), make(chan struct{}), make(chan error, 1)}
	err := netlink.NeighSubscribeWithOptions(s.updates, s.done, netlink.NeighSubscribeOptions{
		ReceiveBufferSize: eventBytes,
		ErrorCallback: func(err error) {
			select {
			case s.failed <- err:
			default:
			}
		},
	})
	if err != nil {
		close(s.done)
		return nil, fmt.Errorf("watch neighbours: %w", err)
	}
	return s, nil
}

// failure gives why the stream has ended.
func (s *subscription) failure() error {
	select {
	case err := <-s.failed:
		return fmt.Errorf("watch neighbours: %w", err)
	default:
		return errors.New("watch neighbours: the kernel's messages ended")
	}
}

// close ends the stream, and waits for that.
func (s *subscription) close() {
	close(s.done)
	for range s.updates {
	}
}

// apply takes over a change.
func (t *Table) apply(u *netlink.NeighUpdate) {
	c, ok := read(&u.Neigh)
	switch {
	case !ok:
	case u.Type == unix.RTM_DELNEIGH || c.mac.IsZero():
		t.forget(c.key)
	default:
		t.set(c.key, c.mac)
	}
}

// change is an entry of the kernel's table. The address is zero if that is not
// known, or not any more.
type change struct {
	key key
	mac ident.MAC
}

func changes(list []netlink.Neigh) (out []change) {
	for i := range list {
		if c, ok := read(&list[i]); ok {
			out = append(out, c)
		}
	}
	return out
}

// valid are the states in which an entry has an address: also one that was not
// confirmed for a while, which the kernel goes on using until it finds out that
// nobody answers any more.
const valid = netlink.NUD_REACHABLE | netlink.NUD_STALE | netlink.NUD_DELAY | netlink.NUD_PROBE | netlink.NUD_PERMANENT | netlink.NUD_NOARP

// read reads an entry, and says whether it is that of a link-local address. With
// its messages the kernel also tells of IPv4, of what bridges learn, and of whom
// it answers for.
func read(n *netlink.Neigh) (change, bool) {
	a, ok := netip.AddrFromSlice(n.IP)
	if !ok || n.Family != netlink.FAMILY_V6 || n.Flags&netlink.NTF_PROXY != 0 || !a.IsLinkLocalUnicast() {
		return change{}, false
	}
	c := change{key: key{a.As16(), uint32(n.LinkIndex)}}
	if n.State&valid != 0 && len(n.HardwareAddr) == len(c.mac) {
		c.mac = ident.MAC(n.HardwareAddr)
	}
	return c, true
}
