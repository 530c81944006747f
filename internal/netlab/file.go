package netlab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// WaitFile waits until accept says yes to the content of a file; nil content
// means that there is no such file. The file's directory must exist.
func WaitFile(ctx context.Context, path string, accept func([]byte) bool) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %q: %w", path, err)
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		return fmt.Errorf("watch %q: %w", path, err)
	}
	for {
		content, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if accept(content) {
			return nil
		}
		select {
		case <-watcher.Events:
		case err := <-watcher.Errors:
			return fmt.Errorf("watch %q: %w", path, err)
		case <-ctx.Done():
			return fmt.Errorf("wait for file %q: %w\n%s", path, context.Cause(ctx), content)
		}
	}
}
