package netlab

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is one machine of the laboratory. It is safe for concurrent use.
type Namespace struct {
	// Name is for messages; it need not be unique.
	Name string

	holder *exec.Cmd
	pipe   io.Closer
	netns  netns.NsHandle
	mntns  int
	pidns  int
	handle *netlink.Handle
}

// Open makes a namespace in which the loopback is up and duplicate address
// detection is off. The caller owns it and must call Close.
func Open(name string) (*Namespace, error) {
	n := &Namespace{Name: name, netns: -1, mntns: -1, pidns: -1}
	if err := n.open(); err != nil {
		return nil, fmt.Errorf("open namespace %q: %w", name, err)
	}
	return n, nil
}

func (n *Namespace) open() error {
	if err := n.hold(); err != nil {
		return err
	}
	if err := n.settle(); err != nil {
		n.Close()
		return err
	}
	return nil
}

// hold starts the process that keeps the namespaces, as PID 1 of one of them.
func (n *Namespace) hold() error {
	holder := exec.Command("cat")
	holder.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   unix.CLONE_NEWPID,
		Unshareflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET,
	}
	pipe, err := holder.StdinPipe()
	if err != nil {
		return err
	}
	if err := holder.Start(); err != nil {
		return fmt.Errorf("hold the namespaces: %w", err)
	}
	n.holder, n.pipe = holder, pipe
	return nil
}

func (n *Namespace) settle() error {
	if err := n.openFiles(); err != nil {
		return err
	}
	handle, err := netlink.NewHandleAt(n.netns, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	n.handle = handle
	if err := n.mountKernelViews(); err != nil {
		return err
	}
	if err := n.disableDAD(); err != nil {
		return err
	}
	return n.Up("lo")
}

func (n *Namespace) openFiles() error {
	for _, file := range []struct {
		name string
		fd   *int
	}{{"net", (*int)(&n.netns)}, {"mnt", &n.mntns}, {"pid", &n.pidns}} {
		path := filepath.Join("/proc", strconv.Itoa(n.holder.Process.Pid), "ns", file.name)
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open %q: %w", path, err)
		}
		*file.fd = fd
	}
	return nil
}

// disableDAD lets addresses be used at once: "default" is what later links take
// over. A link-local address then never is tentative.
func (n *Namespace) disableDAD() error {
	for _, key := range []string{"accept_dad", "dad_transmits", "accept_ra", "use_tempaddr"} {
		for _, where := range []string{"all", "default"} {
			if err := n.Sysctl("net/ipv6/conf/"+where+"/"+key, "0"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close kills every process in the namespace and lets its links go. It may be
// called more than once.
func (n *Namespace) Close() error {
	if n.holder == nil {
		return nil
	}
	if n.handle != nil {
		n.handle.Close()
	}
	n.pipe.Close()
	n.holder.Process.Kill()
	n.holder.Wait()
	n.holder = nil
	for _, fd := range []int{int(n.netns), n.mntns, n.pidns} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	return nil
}

// Root is a path to the file system as programs in the namespace see it.
func (n *Namespace) Root() string {
	return filepath.Join("/proc", strconv.Itoa(n.holder.Process.Pid), "root")
}

// PID is the process that holds the namespace, for "nsenter -t PID -n".
func (n *Namespace) PID() int { return n.holder.Process.Pid }
