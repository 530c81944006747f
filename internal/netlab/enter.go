package netlab

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Do calls f in the network namespace. Sockets that f opens stay there. f must
// not start goroutines that open sockets: those run elsewhere.
func (n *Namespace) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(n.netns), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter network namespace of %q: %w", n.Name, err)
		}
		return f()
	})
}

// inside calls f in all of the namespaces; processes that f starts belong there.
func (n *Namespace) inside(f func() error) error {
	return onThread(func() error {
		// The kernel lets only a thread with a file system view of its own
		// change its mount namespace.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("unshare file system view: %w", err)
		}
		for _, ns := range []struct{ fd, kind int }{
			{int(n.netns), unix.CLONE_NEWNET}, {n.mntns, unix.CLONE_NEWNS}, {n.pidns, unix.CLONE_NEWPID},
		} {
			if err := unix.Setns(ns.fd, ns.kind); err != nil {
				return fmt.Errorf("enter namespaces of %q: %w", n.Name, err)
			}
		}
		return f()
	})
}

// onThread calls f on a thread that is thrown away afterwards, since the runtime
// ends a thread whose goroutine ends without unlocking it.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- f()
	}()
	return <-done
}

// Enter makes the laboratory possible for somebody who is not root: it runs this
// program again, with the same arguments, as root of a new user namespace, and
// then ends this process with that program's exit code. It returns when nothing
// is to be done (the caller is root already) or nothing can be done, with the
// reason. Signals that ask a program to end are handed on.
func Enter() error {
	if os.Geteuid() == 0 {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.Command(program, os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = rootOfNewUserNamespace()
	// The kernel watches the thread that starts the program.
	runtime.LockOSThread()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	if err := again.Start(); err != nil {
		return fmt.Errorf("not root, and no user namespace: %w", err)
	}
	go func() {
		for s := range signals {
			again.Process.Signal(s)
		}
	}()
	again.Wait()
	os.Exit(again.ProcessState.ExitCode())
	return nil
}

func rootOfNewUserNamespace() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Pdeathsig:   unix.SIGKILL,
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
}
