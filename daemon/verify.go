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
)

// verifyStore checks the leases on the disk, beside no server.
func (p *program) verifyStore(ctx context.Context, file config.File) (v api.Verification, err error) {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	store, err := assembly.Plugins(p.plugins).OpenStore(ctx, file, silent, true)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	table := bindings.New(time.Now, bindings.Options{})
	if err := table.Load(ctx, store); err != nil {
		return v, err
	}
	return verification(table), nil
}
