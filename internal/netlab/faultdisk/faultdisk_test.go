package faultdisk_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/netlab"
	"github.com/stage6/stage6/internal/netlab/faultdisk"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// onDisk runs a program's part on a disk of its own. Files are used without the
// runtime's poller, which this process would have to answer.
func onDisk(t *testing.T, d *faultdisk.Disk, f func(dir string) error) {
	t.Helper()
	ns, dir := mounted(t, d)
	if err := ns.Mount(func() error { return f(dir) }); err != nil {
		t.Fatal(err)
	}
}

// mounted gives where a disk is mounted.
func mounted(t *testing.T, d *faultdisk.Disk) (ns *netlab.Namespace, dir string) {
	t.Helper()
	ns, dir = labtest.Namespace(t, "disk"), t.TempDir()
	if err := ns.Mount(func() error { return d.Mount(dir) }); err != nil {
		labtest.Skip(t, "no FUSE: "+err.Error())
	}
	return ns, dir
}

// write writes a file from its beginning and syncs it and its name if told to.
func write(name string, content []byte, synced bool) error {
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, content); err != nil || !synced {
		return err
	}
	return errors.Join(unix.Fdatasync(fd), syncNames(filepath.Dir(name)))
}

func syncNames(dir string) error {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Fsync(fd)
}

func read(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	content := make([]byte, 1<<16)
	n, err := unix.Read(fd, content)
	return content[:max(n, 0)], err
}

func TestALossOfPowerTakesOnlyWhatWasNotSynced(t *testing.T) {
	const sector = 512
	old, young := bytes.Repeat([]byte{1}, 8*sector), bytes.Repeat([]byte{2}, 8*sector)
	var kept, lost, torn, named, unnamed int
	d, random := faultdisk.New(), rand.New(rand.NewPCG(6, 6))
	onDisk(t, d, func(dir string) error {
		file, fresh := filepath.Join(dir, "file"), filepath.Join(dir, "fresh")
		for range 60 {
			err := errors.Join(write(file, old, true), write(file, young, false), write(fresh, old, false))
			d.PowerLoss()
			d.Restore(random)
			content, err2 := read(file)
			if err := errors.Join(err, err2); err != nil {
				return err
			}
			if len(content) != len(old) {
				t.Fatalf("%d octets of %d", len(content), len(old))
			}
			switch ones := bytes.Count(content, []byte{1}); {
			case ones == 0:
				kept++
			case ones == len(old):
				lost++
			case ones%sector == 0:
				torn++
			default:
				t.Fatal("a sector is torn")
			}
			if _, err := read(fresh); err == nil {
				named++
				if err := unix.Unlink(fresh); err != nil {
					return err
				}
			} else {
				unnamed++
			}
			if err := syncNames(dir); err != nil {
				return err
			}
		}
		return nil
	})
	for what, n := range map[string]int{"kept": kept, "lost": lost, "torn": torn, "file named": named, "file not named": unnamed} {
		if n == 0 {
			t.Errorf("%s: never", what)
		}
	}
}

func TestADiskRefuses(t *testing.T) {
	d := faultdisk.New()
	onDisk(t, d, func(dir string) error {
		file := filepath.Join(dir, "file")
		for _, c := range []struct {
			name        string
			begin, stop func()
			want        error
		}{
			{"what it has no room for", func() { d.Fill(100) }, d.Empty, unix.ENOSPC},
			{"changes while it is read-only", func() { d.SetReadOnly(true) }, func() { d.SetReadOnly(false) }, unix.EROFS},
		} {
			if err := write(file, make([]byte, 1000), true); err != nil {
				return err
			}
			c.begin()
			if err := write(file, make([]byte, 2000), false); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if _, err := read(file); err != nil {
				t.Errorf("%s: it can be read: %v", c.name, err)
			}
			c.stop()
			if err := write(file, make([]byte, 2000), true); err != nil {
				t.Errorf("%s, no more: %v", c.name, err)
			}
			if err := unix.Unlink(file); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestADiskThatHangsGoesOnWithWhatItWasAsked(t *testing.T) {
	d := faultdisk.New()
	ns, dir := mounted(t, d)
	file := filepath.Join(dir, "file")
	onDisk := func(f func() error) {
		if err := ns.Mount(f); err != nil {
			t.Error(err)
		}
	}
	onDisk(func() error { return write(file, make([]byte, 1000), true) })
	d.Hang()
	before, done := d.Syncs(), make(chan struct{})
	go func() {
		defer close(done)
		onDisk(func() error { return write(file, make([]byte, 2000), true) })
	}()
	onDisk(func() error {
		content, err := read(file)
		if len(content) != 1000 || d.Syncs() != before {
			t.Errorf("while it hangs the file has %d octets, after %d syncs", len(content), d.Syncs()-before)
		}
		return err
	})
	d.Resume()
	<-done
	if d.Syncs() == before {
		t.Error("it does not sync when it goes on")
	}
}
