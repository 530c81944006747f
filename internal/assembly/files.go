package assembly

import (
	"slices"
	"sync"
)

// files are those that the plugins are told to use. They are safe for concurrent
// use, since a plugin may ask for a path when it likes.
type files struct {
	mu    sync.Mutex
	paths []string
}

func (f *files) add(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.paths, path) {
		f.paths = append(f.paths, path)
	}
}

// Files gives the paths of the files that the configuration names for plugins.
func (a *Assembly) Files() []string {
	a.files.mu.Lock()
	defer a.files.mu.Unlock()
	return slices.Clone(a.files.paths)
}
