package pebble

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// spareRoom is what opening a database takes beside the logs, in octets.
const spareRoom = 1 << 20

// probeFile is there for the moment of a probe, or where one was cut short.
const probeFile = "probe"

// probe says whether the disk has room enough to open the database, which
// writes what is in the logs to tables. Attempts on a full disk would leave
// unfinished tables there and so fill it.
func (s *store) probe() error {
	if s.readOnly {
		return nil
	}
	need, err := s.roomNeeded()
	if err != nil {
		return err
	}
	name := s.fs.PathJoin(s.dir, probeFile)
	f, err := s.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	return cmp.Or(reserve(f, need), f.Close(), s.fs.Remove(name))
}

// roomNeeded gives how many octets opening the database may write.
func (s *store) roomNeeded() (int64, error) {
	names, err := s.fs.List(s.dir)
	if err != nil {
		return 0, err
	}
	need := int64(spareRoom)
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		info, err := s.fs.Stat(s.fs.PathJoin(s.dir, name))
		if err != nil {
			return 0, err
		}
		need += info.Size()
	}
	return need, nil
}

// reserve takes room and writes to it. A file system need not know how to
// preallocate.
func reserve(f vfs.File, room int64) error {
	if err := f.Preallocate(0, room); errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%d KiB of disk needed: %w", room>>10, err)
	}
	if _, err := f.Write([]byte{0}); err != nil {
		return err
	}
	return f.Sync()
}
