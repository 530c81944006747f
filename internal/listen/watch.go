package listen

import (
	"context"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// eventBytes is the room for changes of interfaces that were not looked at yet.
const eventBytes = 1 << 20

// watcher tells of changes of the interfaces. Addresses are watched, too: a
// group cannot be joined before the interface has IPv6, and the first sign of
// that is an address.
type watcher struct {
	links chan netlink.LinkUpdate
	addrs chan netlink.AddrUpdate
	done  chan struct{}
}

// watch begins to watch: what changes after it has returned is seen.
func watch() (*watcher, error) {
	w := &watcher{make(chan netlink.LinkUpdate, 64), make(chan netlink.AddrUpdate, 64), make(chan struct{})}
	err := netlink.LinkSubscribeWithOptions(w.links, w.done, netlink.LinkSubscribeOptions{ReceiveBufferSize: eventBytes})
	if err != nil {
		close(w.done)
		return nil, fmt.Errorf("watch interfaces: %w", err)
	}
	err = netlink.AddrSubscribeWithOptions(w.addrs, w.done, netlink.AddrSubscribeOptions{ReceiveBufferSize: eventBytes})
	if err != nil {
		close(w.addrs)
		w.close()
		return nil, fmt.Errorf("watch addresses: %w", err)
	}
	return w, nil
}

// wait waits until something has changed, there is an order, or ctx ends. It gives
// the indexes of interfaces that are gone, and whether changes may have been lost:
// then a new watcher is needed.
func (w *watcher) wait(ctx context.Context, orders <-chan order) (removed []int, lost bool, do order) {
	select {
	case <-ctx.Done():
		return nil, false, nil
	case do = <-orders:
	case u, ok := <-w.links:
		removed, lost = gone(removed, u), !ok
	case _, ok := <-w.addrs:
		lost = !ok
	}
	removed, lost = w.drain(removed, lost)
	return removed, lost, do
}

// drain takes what else has changed, so that the interfaces are listed once.
func (w *watcher) drain(removed []int, lost bool) ([]int, bool) {
	for !lost {
		select {
		case u, ok := <-w.links:
			removed, lost = gone(removed, u), !ok
		case _, ok := <-w.addrs:
			lost = !ok
		default:
			return removed, false
		}
	}
	return removed, lost
}

// gone adds an interface that was removed. A bridge says in the same words, of
// another family, that it let go of an interface.
func gone(removed []int, u netlink.LinkUpdate) []int {
	if u.Header.Type == unix.RTM_DELLINK && u.IfInfomsg.Family == unix.AF_UNSPEC {
		removed = append(removed, int(u.IfInfomsg.Index))
	}
	return removed
}

// close ends the watching, and waits for that.
func (w *watcher) close() {
	close(w.done)
	for range w.links {
	}
	for range w.addrs {
	}
}
