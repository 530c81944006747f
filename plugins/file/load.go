package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/stage6/stage6/internal/strict"
	"github.com/stage6/stage6/internal/watch"
)

// load reads the file into the registry. On error nothing changes.
func (h *handler) load() error {
	h.seen = watch.Look([]string{h.path})
	data, err := read(h.path, h.seen[0])
	if err != nil {
		return err
	}
	records, err := parse(h.path, data)
	if err != nil {
		return err
	}
	hosts, warnings := merge(h.path, records)
	if len(data) == 0 && len(h.hosts) > 0 {
		return fmt.Errorf("file %q is empty; write a comment into it if it is to have no machines", h.path)
	}
	if err := h.registry.Replace("file "+h.name, hosts); err != nil {
		return err
	}
	h.hosts = hosts
	for _, w := range warnings {
		h.log.Warn(w)
	}
	return nil
}

// read reads a file of bounded size. Something else, such as a pipe, could keep
// its reader waiting for ever.
func read(path string, info fs.FileInfo) ([]byte, error) {
	switch {
	case info == nil:
		return nil, fmt.Errorf("file %q does not exist; names are relative to the configuration file", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is not a regular file", path)
	case info.Size() > strict.MaxSize:
		return nil, fmt.Errorf("%q has %d octets, want at most %d", path, info.Size(), strict.MaxSize)
	}
	return os.ReadFile(path)
}

// Run reads the file again when it changes, if that is wanted, until ctx ends.
func (h *handler) Run(ctx context.Context) error {
	if !h.refresh {
		return nil
	}
	w, err := watch.New([]string{h.path})
	if err != nil {
		h.log.WithError(err).Warnf("the file is not watched, only looked at every %v", watch.LookTime)
	}
	defer w.Close()
	w.Follow()
	w.Settle(ctx) // of changes since the file was read
	for ctx.Err() == nil {
		if !watch.Look([]string{h.path}).Same(h.seen) {
			h.reload()
		}
		if w.Wait(ctx) {
			w.Follow()
		}
	}
	return nil
}

// reload reads the file again and tells what came of it. An error is told once,
// however often the file is touched; what was read before stays.
func (h *handler) reload() {
	err := h.load()
	if err == nil {
		h.wrong = ""
		h.log.Info("file read again")
		return
	}
	if text := err.Error(); text != h.wrong {
		h.wrong = text
		h.log.WithError(first(err)).Error("the file is wrong: what was read before stays")
	}
}

// first gives the first of several errors.
func first(err error) error {
	var all strict.Errors
	if errors.As(err, &all) {
		return all[0]
	}
	return err
}
