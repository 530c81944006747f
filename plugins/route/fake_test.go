package route

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"sync"
)

// fakeKernel is a routing table in memory.
type fakeKernel struct {
	mu      sync.Mutex
	routes  map[netip.Prefix]route // ours
	foreign map[netip.Prefix]bool
	err     error // what everything fails with, if not nil
	lists   int
	changes int
}

func newFakeKernel(routes ...route) *fakeKernel {
	k := &fakeKernel{routes: map[netip.Prefix]route{}, foreign: map[netip.Prefix]bool{}}
	for _, r := range routes {
		k.routes[r.prefix] = r
	}
	return k
}

func (k *fakeKernel) list() (out []route, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lists++
	for _, r := range k.routes {
		out = append(out, r)
	}
	return out, k.err
}

var errTaken = errors.New("file exists")

func (k *fakeKernel) add(_ context.Context, r route) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ours := k.routes[r.prefix]; ours || k.foreign[r.prefix] {
		return errTaken
	}
	if k.err == nil {
		k.routes[r.prefix] = r
		k.changes++
	}
	return k.err
}

func (k *fakeKernel) remove(_ context.Context, r route) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil && k.routes[r.prefix] == r {
		delete(k.routes, r.prefix)
		k.changes++
	}
	return k.err
}

// refuse has everything fail from now on, or with nil nothing.
func (k *fakeKernel) refuse(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

// lose takes a route away behind the keeper's back.
func (k *fakeKernel) lose(p netip.Prefix) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.routes, p)
}

// take has somebody else have a route to a prefix, or with false not.
func (k *fakeKernel) take(p netip.Prefix, taken bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.foreign[p] = taken
}

func (k *fakeKernel) now() (routes map[netip.Prefix]route, changes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.routes), k.changes
}
