package integ

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// systemd is a service manager that runs in a namespace, as PID 1 of its own and
// in a control group of its own, with nothing but what a test gives it to run.
type systemd struct {
	t  *testing.T
	ns *netlab.Namespace
	// init is PID 1, as it is known out here.
	init int
}

// bootSystemd runs systemd where it sees its own /run, /var/lib and /var/log. Its
// arguments are the PATH of systemd and a name for the control group.
const bootSystemd = `set -e
hierarchy=$(mktemp -d)
mount -t cgroup2 none "$hierarchy"
mkdir "$hierarchy/$2"
echo $$ >"$hierarchy/$2/cgroup.procs"
umount "$hierarchy"
export container=stage6 systemd=$1
exec unshare --mount --pid --cgroup --fork --kill-child bash -c '
	set -e
	mount -t proc proc /proc
	mount -t cgroup2 none /sys/fs/cgroup
	for fresh in /run /var/lib /var/log /usr/local/bin; do mount -t tmpfs none $fresh; done
	mkdir -p /run/systemd/system /run/lock /etc/stage6
	cp "$BINARY" /usr/local/bin/stage6
	cp "$UNIT" /run/systemd/system/stage6.service
	mount -t tmpfs none /tmp
	printf "[Unit]\nDefaultDependencies=no\n" >/run/systemd/system/idle.target
	exec "$systemd" --system --unit=idle.target --log-target=console --show-status=no'
`

// startSystemd starts a systemd that knows the unit of the server, and waits until
// it takes orders.
func startSystemd(t *testing.T, ns *netlab.Namespace) *systemd {
	t.Helper()
	const program = "/lib/systemd/systemd"
	if os.Geteuid() != 0 || !isRealRoot() {
		labtest.Skip(t, "systemd wants a real root")
	}
	if _, err := os.Stat(program); err != nil {
		labtest.Skip(t, err.Error())
	}
	binary, err := buildServer()
	check(t, err)
	unit, err := filepath.Abs("../systemd/stage6.service")
	check(t, err)
	check(t, ns.Overlay("/etc", shortTempDir(t)))
	group := fmt.Sprintf("stage6-test-%d-%d", os.Getpid(), ns.PID())
	process, err := ns.Spawn([]string{"BINARY=" + binary, "UNIT=" + unit}, "bash", "-c", bootSystemd, "bash", program, group)
	check(t, err)
	t.Cleanup(func() {
		process.Kill()
		removeGroup(t, group)
		if t.Failed() {
			t.Logf("systemd:\n%s", process.Output)
		}
	})
	s := &systemd{t: t, ns: ns}
	s.await(process)
	return s
}

// removeGroup removes a control group and those below it, once their processes,
// which were killed, are gone.
func removeGroup(t *testing.T, name string) {
	hierarchy := t.TempDir()
	if err := unix.Mount("none", hierarchy, "cgroup2", 0, ""); err != nil {
		t.Error(err)
		return
	}
	defer unix.Unmount(hierarchy, 0)
	for end := time.Now().Add(labtest.Bound); ; {
		err := removeFolders(filepath.Join(hierarchy, name))
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Error(err)
			return
		}
	}
}

// removeFolders removes a folder and those below it, and no file.
func removeFolders(dir string) (err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if entry.IsDir() {
			err = errors.Join(err, removeFolders(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(err, os.Remove(dir))
}

// isRealRoot says whether root here is root outside of a user namespace.
func isRealRoot() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(text)), " ") == "0 0 4294967295"
}

// await waits until systemd has reached its target.
func (s *systemd) await(process *netlab.Process) {
	s.t.Helper()
	ctx := labtest.Context(s.t)
	for {
		if s.init = onlyChild(process.PID()); s.init != 0 {
			if out, err := s.try("systemctl", "is-system-running", "--wait"); err == nil {
				return
			} else if strings.TrimSpace(out) == "degraded" {
				s.t.Fatal("systemd could not start all that it should")
			}
		}
		select {
		case <-process.Done():
			s.t.Fatalf("systemd ended:\n%s", process.Output)
		case <-ctx.Done():
			s.t.Fatalf("systemd takes no orders:\n%s", process.Output)
		default:
		}
	}
}

// onlyChild gives the child of a process, 0 while it has none.
func onlyChild(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	child, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return child
}

// try runs a command beside systemd.
func (s *systemd) try(args ...string) (string, error) {
	enter := []string{"--target", strconv.Itoa(s.init), "--mount", "--pid", "--cgroup", "--net"}
	out, err := exec.CommandContext(labtest.Context(s.t), "nsenter", append(enter, args...)...).CombinedOutput()
	return string(out), err
}

// run runs a command that must succeed, and gives what it writes.
func (s *systemd) run(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	if err != nil {
		status, _ := s.try("systemctl", "status", "--no-pager", "stage6")
		s.t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, status)
	}
	return out
}

// property gives what systemd says of the unit.
func (s *systemd) property(name string) string {
	s.t.Helper()
	return strings.TrimSpace(s.run("systemctl", "show", "--value", "--property="+name, "stage6"))
}

// path is where out here a file is that systemd sees as name.
func (s *systemd) path(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.init), "root", name)
}

func (s *systemd) write(name, text string) {
	s.t.Helper()
	check(s.t, os.WriteFile(s.path(name), []byte(text), 0o644))
}
