package serverid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// What is kept in the store: whole DUIDs, by these names.
const (
	keptAuto = "server-duid"
	keptTime = "server-duid-llt"
)

// keptUUID gives the DUID-UUID that is kept, or makes one. Of the kinds of
// DUID it is the one that depends on nothing that can be exchanged: a network
// card may move to another server, and a clock may be wrong.
func (h *handler) keptUUID(ctx context.Context, store lease.Store) (ident.DUID, error) {
	raw, err := store.Get(ctx, keptAuto)
	switch {
	case errors.Is(err, lease.ErrNotFound):
		return h.makeUUID(ctx, store)
	case err != nil:
		return "", fmt.Errorf("read %s from the lease store: %w", keptAuto, err)
	}
	duid := ident.DUID(raw)
	if len(duid) != 2+uuidLen || !strings.HasPrefix(string(duid), string(uniqueID(nil))) {
		return "", damaged(keptAuto, duid, "a DUID-UUID")
	}
	return duid, nil
}

// makeUUID keeps a new random UUID (RFC 9562 section 5.4).
func (h *handler) makeUUID(ctx context.Context, store lease.Store) (ident.DUID, error) {
	var uuid [uuidLen]byte
	if _, err := io.ReadFull(h.random, uuid[:]); err != nil {
		return "", fmt.Errorf("make a UUID: %w", err)
	}
	uuid[6] = uuid[6]&0x0f | 0x40 // version 4
	uuid[8] = uuid[8]&0x3f | 0x80 // variant
	return keep(ctx, store, keptAuto, uniqueID(uuid[:]))
}

// keptLLT gives the DUID-LLT that is kept, or makes one if there is none of
// the configured MAC.
func (h *handler) keptLLT(ctx context.Context, store lease.Store) (ident.DUID, error) {
	raw, err := store.Get(ctx, keptTime)
	if err != nil && !errors.Is(err, lease.ErrNotFound) {
		return "", fmt.Errorf("read %s from the lease store: %w", keptTime, err)
	}
	duid, blank := ident.DUID(raw), linkLayerTime(ident.MAC{}, 0)
	switch {
	case err != nil:
	case len(duid) != len(blank) || duid[:4] != blank[:4]:
		return "", damaged(keptTime, duid, "a DUID-LLT")
	case string(duid[8:]) == string(h.config.mac[:]):
		return duid, nil
	}
	return keep(ctx, store, keptTime, linkLayerTime(h.config.mac, secondsOf(h.clock())))
}

func keep(ctx context.Context, store lease.Store, name string, duid ident.DUID) (ident.DUID, error) {
	if err := store.Put(ctx, name, []byte(duid)); err != nil {
		return "", fmt.Errorf("keep %s in the lease store: %w", name, err)
	}
	return duid, nil
}

func damaged(name string, got ident.DUID, want string) error {
	return fmt.Errorf("%s in the lease store is damaged: %q is not %s; write the DUID that the clients know instead, such as server_id: UUID 4c4c4544-0042-3510-8052-b4c04f4a3132",
		name, got, want)
}
