package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/privilege"
	"github.com/stage6/stage6/lease"
)

// becomes gives whom root becomes, or nil where the process stays who it is.
func becomes(file config.File) (*privilege.User, error) {
	if !privilege.IsRoot() {
		return nil, nil
	}
	return lookUp(file.User)
}

// lookUp gives the user of the configuration, or nil if it names none. One who
// does not exist is an error with the place of the name.
func lookUp(name config.User) (*privilege.User, error) {
	if name.Name == "" {
		return nil, nil
	}
	u, ok, err := privilege.Lookup(name.Name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, name.Node.Err("%q does not exist: make it with useradd --system %[1]s, or leave it out", name.Name)
	}
	return &u, nil
}

// giveStore lets the user own the directory of a store that has one, and the
// files in it. Directories below are not the store's.
func giveStore(store lease.Store, user *privilege.User) error {
	d, ok := store.(interface{ Dir() string })
	if !ok || !privilege.IsRoot() {
		return nil
	}
	uid, gid := os.Geteuid(), os.Getegid()
	if user != nil {
		uid, gid = user.UID, user.GID
	}
	return filepath.WalkDir(d.Dir(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != d.Dir() {
			return fs.SkipDir
		}
		if err == nil {
			err = os.Lchown(path, uid, gid)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the store clears old files away meanwhile
		}
		return err
	})
}

// dropRoot gives up all rights but those that are needed, for the server and for
// what it starts. Who is not root stays who he is.
func dropRoot(user *privilege.User, keep []privilege.Capability) error {
	if !privilege.IsRoot() {
		user = nil
	}
	return privilege.Drop(user, keep...)
}

// listenAPI opens the API's socket, for the user and its group.
func listenAPI(ctx context.Context, path string, user *privilege.User) (net.Listener, error) {
	if err := makeSocketDir(filepath.Dir(path), user); err != nil {
		return nil, err
	}
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	err = os.Chmod(path, 0o660)
	if user != nil {
		err = errors.Join(err, os.Chown(path, user.UID, user.GID))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("api: %w", err), l.Close())
	}
	return l, nil
}

// makeSocketDir makes the directory of the socket, if there is none.
func makeSocketDir(dir string, user *privilege.User) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("api: %w: make the directory, or put the socket elsewhere with api: unix:PATH", err)
	}
	if user == nil {
		return nil
	}
	return os.Chown(dir, user.UID, user.GID)
}

// removeStale removes a socket that a server left behind, and refuses to take
// that of a server which runs, or a file that is no socket.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("api: %s exists and is no socket: remove it, or put the socket elsewhere", path)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("api: another server answers at %s already: stop it, or give this one an api of its own", path), c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("api: %w", err)
	}
	return os.Remove(path)
}
