package assembly

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// pinPrefix is before a host's name in the name of the small value that keeps
// the DUID that was pinned to it, as it is.
const pinPrefix = "host-duid/"

// loadPins pins the DUIDs that the store keeps. Those that are other hosts' by
// now, as the hosts' files say, are Ignored.
func (v *view) loadPins(ctx context.Context, store lease.Store) error {
	return store.Values(ctx, pinPrefix, func(name string, value []byte) error {
		err := v.hosts.Pin(strings.TrimPrefix(name, pinPrefix), ident.DUID(value))
		var conflict *host.PinError
		if errors.As(err, &conflict) {
			v.Ignored = append(v.Ignored, err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("damaged value %q: %w: restore the leases from a backup", name, err)
		}
		return nil
	})
}

// SetInstalled sets the state of a host to installed and, unless it is empty,
// pins the DUID of its installed system: both durably or, on error, none, and
// then for all exchanges. A DUID that is another host's is a *host.PinError.
func (s *States) SetInstalled(ctx context.Context, name string, duid ident.DUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.setInstalled(ctx, name, duid)
}

// setInstalled is SetInstalled together with other values.
func (s *States) setInstalled(ctx context.Context, name string, duid ident.DUID, others ...lease.Value) error {
	if duid == "" {
		return s.set(ctx, name, host.Installed, others...)
	}
	if err := s.hosts.CheckPin(name, duid); err != nil {
		return err
	}
	pin := lease.Value{Name: pinPrefix + name, Data: []byte(duid)}
	if err := s.set(ctx, name, host.Installed, append(others, pin)...); err != nil {
		return err
	}
	return s.pin(name, duid)
}

// Pin pins the DUID of a host's installed system, durably. A DUID that is
// another host's is a *host.PinError.
func (s *States) Pin(ctx context.Context, name string, duid ident.DUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.hosts.CheckPin(name, duid); err != nil {
		return err
	}
	if err := s.store.Put(ctx, pinPrefix+name, []byte(duid)); err != nil {
		return err
	}
	return s.pin(name, duid)
}

// Unpin forgets the DUID that is pinned to a host, durably.
func (s *States) Unpin(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.store.Delete(ctx, pinPrefix+name); err != nil {
		return err
	}
	s.hosts.Unpin(name)
	s.eachBefore(func(v *view) { v.hosts.Unpin(name) })
	return nil
}
