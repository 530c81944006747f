// Package pebble is the plugin that keeps leases on disk, in a Pebble
// database: a write-ahead log with one sync for each commit.
package pebble

import (
	"context"

	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the store. Its setting is a directory.
var Plugin = pipeline.DefineStore("pebble", func(_ context.Context, dir string, env pipeline.StoreEnv) (lease.Store, error) {
	return Open(dir, Options{Log: env.Log, ReadOnly: env.ReadOnly})
})
