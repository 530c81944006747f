// Package pebble is the plugin that keeps leases on disk, in a Pebble
// database: a write-ahead log with one sync for each commit.
package pebble

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

// Plugin is the store. Its setting is a directory.
var Plugin = pipeline.DefineStore("pebble", func(_ context.Context, dir directory, env pipeline.StoreEnv) (lease.Store, error) {
	return Open(string(dir), Options{Log: env.Log, ReadOnly: env.ReadOnly})
})

// directory is the path of one, which may not be there yet.
type directory string

// Validate refuses what is there and no directory.
func (d directory) Validate() error {
	info, err := os.Stat(string(d))
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%q lies below a file, want a directory", string(d))
	case err == nil && !info.IsDir():
		return fmt.Errorf("%q is a file, want a directory", string(d))
	}
	return nil
}
