package daemon

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/bindings"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/lease"
)

// verifyStore checks the leases on the disk, beside no server.
func (p *program) verifyStore(ctx context.Context, file config.File) (v api.Verification, err error) {
	store, err := assembly.Plugins(p.plugins).OpenStore(ctx, file, silent(), true)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return verifyKept(ctx, store)
}

// verifyKept checks the leases of a store.
func verifyKept(ctx context.Context, store lease.Store) (api.Verification, error) {
	table := bindings.New(time.Now, bindings.Options{})
	if err := table.Load(ctx, store); err != nil {
		return api.Verification{}, err
	}
	return verification(table, table.Check()), nil
}

// silent gives a log that says nothing.
func silent() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}
