// Package watch waits for changes of files that are read again when they change:
// for the plugins hosts and file.
package watch

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quietTime is how long nothing must happen before changed files are read:
	// editors and copying make a file in several steps.
	quietTime = 200 * time.Millisecond
	// mostTime bounds the wait for that where something else in the folder
	// changes all the time.
	mostTime = 2 * time.Second
	// LookTime is how often files are looked at in any case: network file
	// systems do not tell of changes, and a folder that comes into being later
	// cannot be watched before.
	LookTime = 30 * time.Second
)

// Files waits for changes of files, whichever way they are made: written in
// place, put in place by renaming, or behind a symbolic link that was turned.
// Folders are watched, since a watch of a file ends with the file.
type Files struct {
	paths    []string
	notifier *fsnotify.Watcher // nil when the kernel has none left
	events   <-chan fsnotify.Event
	lost     <-chan error
}

// New makes a watch of files. On error it is one that only looks from time to
// time.
func New(paths []string) (*Files, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return &Files{paths: paths}, err
	}
	return &Files{paths, n, n.Events, n.Errors}, nil
}

// Close ends the watch, which holds nothing that could be lost.
func (w *Files) Close() {
	if w.notifier != nil {
		_ = w.notifier.Close()
	}
}

// Follow watches the folders that matter now. A folder that cannot be watched
// is left to the look from time to time.
func (w *Files) Follow() {
	if w.notifier == nil {
		return
	}
	var wanted []string
	for _, p := range w.paths {
		wanted = append(wanted, foldersOf(p)...)
	}
	for _, folder := range w.notifier.WatchList() {
		if !slices.Contains(wanted, folder) {
			_ = w.notifier.Remove(folder) // it may be gone already
		}
	}
	for _, folder := range wanted {
		_ = w.notifier.Add(folder)
	}
}

// Wait waits until something in the folders changes, until it is time to look
// in any case, or until ctx ends, and says whether it has not.
func (w *Files) Wait(ctx context.Context) bool {
	late := time.NewTimer(LookTime)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-late.C:
	case <-w.lost:
	case <-w.events:
	}
	gather(ctx, w.events)
	return ctx.Err() == nil
}

// Settle waits until nothing has happened for a moment, so that a file is not read
// while it is being written.
func (w *Files) Settle(ctx context.Context) { gather(ctx, w.events) }

// gather waits until nothing has come for quietTime, but no longer than
// mostTime.
func gather[T any](ctx context.Context, events <-chan T) {
	end := time.NewTimer(mostTime)
	defer end.Stop()
	for {
		select {
		case <-events:
		case <-time.After(quietTime):
			return
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// foldersOf gives the folders in which a change can change what path leads to:
// that of each symbolic link on the way, and the last one.
func foldersOf(path string) (folders []string) {
	const mostLinks = 40 // as in the kernel
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	for range mostLinks {
		link, rest := firstLink(path)
		folders = append(folders, filepath.Dir(link))
		target, err := os.Readlink(link)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		path = filepath.Join(target, rest)
	}
	return folders
}

// firstLink gives the beginning of an absolute path up to its first symbolic
// link, and the rest; without one, the whole.
func firstLink(path string) (link, rest string) {
	for i := 1; i < len(path); i++ {
		if path[i] != filepath.Separator {
			continue
		}
		info, err := os.Lstat(path[:i])
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return path[:i], strings.TrimPrefix(path[i:], string(filepath.Separator))
		}
	}
	return path, ""
}

// Looks is how files looked; nil is one that was not there.
type Looks []fs.FileInfo

// Look looks at files.
func Look(paths []string) Looks {
	out := make(Looks, len(paths))
	for i, p := range paths {
		if info, err := os.Stat(p); err == nil {
			out[i] = info
		}
	}
	return out
}

// Same says whether no file has changed.
func (l Looks) Same(o Looks) bool {
	return slices.EqualFunc(l, o, func(a, b fs.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
	})
}
