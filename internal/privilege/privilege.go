// Package privilege gives up what the server does not need once it has started.
package privilege

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// Capability is a right of the kernel's that a configuration may need.
type Capability = cap.Value

// The capabilities that the server can make use of.
const (
	NetBindService = cap.NET_BIND_SERVICE // port 547
	NetRaw         = cap.NET_RAW          // packet sockets
	NetAdmin       = cap.NET_ADMIN        // routes and neighbour probes
)

// User is who the server becomes.
type User struct {
	Name     string
	UID, GID int
}

// Lookup gives the user of that name, and false if there is none.
func Lookup(name string) (User, bool, error) {
	u, err := user.Lookup(name)
	var unknown user.UnknownUserError
	if errors.As(err, &unknown) {
		return User{}, false, nil
	}
	if err != nil {
		return User{}, false, fmt.Errorf("user %q: %w", name, err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return User{u.Username, uid, gid}, true, errors.Join(err1, err2)
}

// IsRoot says whether the process runs as root.
func IsRoot() bool { return os.Geteuid() == 0 }

// Drop makes the process, in all its threads, the user with those of these
// capabilities that it has and no others, for good. What it starts has none, not
// even those that a service manager gave it as ambient ones. A nil user stays who
// it is.
func Drop(u *User, keep ...Capability) error {
	if u != nil {
		if err := become(u); err != nil {
			return err
		}
	}
	have := cap.GetProc()
	want := cap.NewSet()
	for _, c := range keep {
		if held, err := have.GetFlag(cap.Permitted, c); err != nil || !held {
			continue
		}
		if err := errors.Join(want.SetFlag(cap.Permitted, true, c), want.SetFlag(cap.Effective, true, c)); err != nil {
			return fmt.Errorf("keep %s: %w", c, err)
		}
	}
	if err := want.SetProc(); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// GiveUp makes the process, in all its threads, one without a capability, for
// good. Not to have it is no error.
func GiveUp(c Capability) error {
	have := cap.GetProc()
	held, err := have.GetFlag(cap.Permitted, c)
	if err != nil || !held {
		return err
	}
	for _, flag := range []cap.Flag{cap.Effective, cap.Permitted, cap.Inheritable} {
		if err := have.SetFlag(flag, false, c); err != nil {
			return fmt.Errorf("give up %s: %w", c, err)
		}
	}
	if err := have.SetProc(); err != nil {
		return fmt.Errorf("give up %s: %w", c, err)
	}
	return nil
}

// HideFiles lets nobody but the user and its group read what the process makes
// from here on, and the group write none of it. Modes that are stricter stay so.
func HideFiles() {
	const group = 0o027
	before := unix.Umask(group)
	unix.Umask(before | group)
}

func become(u *User) error {
	if err := cap.SetGroups(u.GID); err != nil {
		return fmt.Errorf("become group %d of user %q: %w", u.GID, u.Name, err)
	}
	if err := cap.SetUID(u.UID); err != nil {
		return fmt.Errorf("become user %q: %w", u.Name, err)
	}
	return nil
}

// Missing gives those of the capabilities that the process does not have.
func Missing(want ...Capability) (missing []Capability) {
	have := cap.GetProc()
	for _, c := range want {
		if ok, err := have.GetFlag(cap.Effective, c); err != nil || !ok {
			missing = append(missing, c)
		}
	}
	return missing
}
