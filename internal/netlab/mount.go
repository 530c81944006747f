package netlab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// mountKernelViews shows the namespace's own processes in /proc and its own
// links in /sys. /sys is read-only, which is how systemd's programs know that no
// udev will tell them about links.
func (n *Namespace) mountKernelViews() error {
	// A /proc shows the PID namespace of who mounts it: that must be a process
	// inside. Where a container forbids it, the outer /proc serves.
	_, err := n.Run(context.Background(), "mount", "-t", "proc", "proc", "/proc")
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return err
	}
	return n.inside(func() error {
		if err := unix.Mount("sysfs", "/sys", "sysfs", unix.MS_RDONLY, ""); err != nil && !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("mount /sys: %w", err)
		}
		return nil
	})
}

// Hide puts an empty directory over each path, for this namespace only. Paths
// that do not exist are passed over.
func (n *Namespace) Hide(paths ...string) error {
	return n.inside(func() error {
		for _, path := range paths {
			err := unix.Mount("tmpfs", path, "tmpfs", 0, "mode=0755")
			if err != nil && !errors.Is(err, unix.ENOENT) {
				return fmt.Errorf("hide %q: %w", path, err)
			}
		}
		return nil
	})
}

// Bind shows source, a file or directory, at target, for this namespace only.
func (n *Namespace) Bind(source, target string) error {
	return n.inside(func() error {
		if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %q on %q: %w", source, target, err)
		}
		return nil
	})
}

// Mount calls f, which mounts something, so that only this namespace sees it.
func (n *Namespace) Mount(f func() error) error { return n.inside(f) }

// Overlay lets programs in this namespace write below path, an existing
// directory, without changing it: what they write goes to a new directory in
// scratch.
func (n *Namespace) Overlay(path, scratch string) error {
	layer, err := os.MkdirTemp(scratch, "overlay")
	if err != nil {
		return err
	}
	return n.inside(func() error {
		// The layer is a file system of its own, since scratch may itself be
		// on an overlay, which cannot carry another one.
		if err := unix.Mount("tmpfs", layer, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("overlay %q: %w", path, err)
		}
		upper, work := filepath.Join(layer, "upper"), filepath.Join(layer, "work")
		if err := errors.Join(os.Mkdir(upper, 0o755), os.Mkdir(work, 0o755)); err != nil {
			return err
		}
		options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work)
		if err := unix.Mount("overlay", path, "overlay", 0, options); err != nil {
			return fmt.Errorf("overlay %q: %w", path, err)
		}
		return nil
	})
}

// Sysctl sets a kernel parameter, named as below /proc/sys.
func (n *Namespace) Sysctl(key, value string) error {
	return n.Do(func() error {
		return os.WriteFile(filepath.Join("/proc/sys", key), []byte(value), 0)
	})
}
