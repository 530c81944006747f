// Package memory is the plugin that keeps leases in memory only.
package memory

import (
	"context"

	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the store. It has no settings.
var Plugin = pipeline.DefineStore("memory", func(context.Context, struct{}, pipeline.StoreEnv) (lease.Store, error) {
	return memory.New(), nil
})
