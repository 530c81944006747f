package netlab

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Infinity is the lifetime of an address that does not expire.
const Infinity = 1<<32*time.Second - time.Second

// Address is an IPv6 address on a link as the kernel knows it.
type Address struct {
	Prefix    netip.Prefix
	Preferred time.Duration // what remains, in whole seconds
	Valid     time.Duration
	Tentative bool
}

// AddAddress gives a link an address that can be used at once.
func (n *Namespace) AddAddress(name string, prefix netip.Prefix) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	addr := &netlink.Addr{IPNet: ipNet(prefix), Flags: unix.IFA_F_NODAD}
	if err := n.handle.AddrReplace(link, addr); err != nil {
		return fmt.Errorf("%s: give %q the address %v: %w", n.Name, name, prefix, err)
	}
	return nil
}

// RemoveAddress takes an address from a link.
func (n *Namespace) RemoveAddress(name string, prefix netip.Prefix) error {
	link, err := n.link(name)
	if err != nil {
		return err
	}
	if err := n.handle.AddrDel(link, &netlink.Addr{IPNet: ipNet(prefix)}); err != nil {
		return fmt.Errorf("%s: take the address %v from %q: %w", n.Name, prefix, name, err)
	}
	return nil
}

// Addresses lists the IPv6 addresses of a link.
func (n *Namespace) Addresses(name string) ([]Address, error) {
	link, err := n.link(name)
	if err != nil {
		return nil, err
	}
	found, err := n.handle.AddrList(link, netlink.FAMILY_V6)
	if err != nil {
		return nil, fmt.Errorf("%s: addresses of %q: %w", n.Name, name, err)
	}
	addresses := make([]Address, len(found))
	for i, addr := range found {
		addresses[i] = newAddress(addr)
	}
	return addresses, nil
}

func newAddress(addr netlink.Addr) Address {
	ip, _ := netip.AddrFromSlice(addr.IP)
	bits, _ := addr.Mask.Size()
	return Address{
		Prefix:    netip.PrefixFrom(ip, bits),
		Preferred: time.Duration(uint32(addr.PreferedLft)) * time.Second,
		Valid:     time.Duration(uint32(addr.ValidLft)) * time.Second,
		Tentative: addr.Flags&unix.IFA_F_TENTATIVE != 0,
	}
}

// WaitAddresses waits until accept says yes to the addresses of a link.
func (n *Namespace) WaitAddresses(ctx context.Context, name string, accept func([]Address) bool) error {
	stop, updates := make(chan struct{}), make(chan netlink.AddrUpdate)
	options := netlink.AddrSubscribeOptions{Namespace: &n.netns, ErrorCallback: func(error) {}}
	if err := netlink.AddrSubscribeWithOptions(updates, stop, options); err != nil {
		return fmt.Errorf("%s: watch addresses: %w", n.Name, err)
	}
	defer func() {
		close(stop)
		// The watch ends when nobody keeps it from saying what it has.
		for range updates {
		}
	}()
	for {
		addresses, err := n.Addresses(name)
		if err != nil {
			return err
		}
		if accept(addresses) {
			return nil
		}
		select {
		case _, open := <-updates:
			if !open {
				return fmt.Errorf("%s: watch addresses of %q: the watch ended", n.Name, name)
			}
		case <-ctx.Done():
			return fmt.Errorf("%s: wait for addresses of %q, which has %v: %w", n.Name, name, addresses, context.Cause(ctx))
		}
	}
}

// LinkLocal waits until a link has a link-local address that can be used, and
// returns it.
func (n *Namespace) LinkLocal(ctx context.Context, name string) (netip.Addr, error) {
	var found netip.Addr
	err := n.WaitAddresses(ctx, name, func(addresses []Address) bool {
		for _, address := range addresses {
			if address.Prefix.Addr().IsLinkLocalUnicast() && !address.Tentative {
				found = address.Prefix.Addr()
				return true
			}
		}
		return false
	})
	return found, err
}
