package pebble

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sys/unix"
)

// disk is the file system that a database is given. Pebble ends the process
// when its log or manifest cannot be written, and takes locks with it that
// nobody can release, so it never learns of it: with the first change that
// fails, the disk freezes. From then on all changes seem to succeed, but go to
// memory or nowhere, and the files stay as a loss of power would have left
// them. Whoever commits asks for the failure afterwards, and opens the
// directory anew, which is what Pebble is made to recover from.
type disk struct {
	vfs.FS
	spare    *vfs.MemFS // takes the files that are made once frozen
	cause    atomic.Pointer[error]
	notes    *notebook   // of manifests; nil when read only
	onFreeze func(*disk) // called once, by whoever met the failure
}

func newDisk(fs vfs.FS, onFreeze func(*disk)) *disk {
	return &disk{FS: fs, spare: vfs.NewMem(), onFreeze: onFreeze}
}

// failure gives what froze the disk, or nil.
func (d *disk) failure() error {
	if p := d.cause.Load(); p != nil {
		return *p
	}
	return nil
}

func (d *disk) frozen() bool { return d.cause.Load() != nil }

// freeze freezes the disk because of an error, unless it is nil.
func (d *disk) freeze(err error) {
	if err != nil && d.cause.CompareAndSwap(nil, &err) {
		d.onFreeze(d)
	}
}

// change makes a change of the disk unless it is frozen.
func (d *disk) change(f func() error) error {
	if !d.frozen() {
		d.freeze(f())
	}
	return nil
}

// file makes a file, in memory when the disk is frozen or freezes over it.
func (d *disk) file(name string, c vfs.DiskWriteCategory, f func() (vfs.File, error)) (vfs.File, error) {
	if !d.frozen() {
		made, err := f()
		if err == nil {
			return &file{File: made, disk: d, isLog: strings.HasSuffix(name, ".log")}, nil
		}
		d.freeze(err)
	}
	return d.spare.Create(d.PathBase(name), c)
}

// noted has a file that is made to be written noted if it is a log.
func (d *disk) noted(name string) func(vfs.File, error) (vfs.File, error) {
	return func(f vfs.File, err error) (vfs.File, error) {
		number, is := logNumber(d.PathBase(name))
		if err != nil || !is {
			return f, err
		}
		return &logFile{File: f, disk: d, number: number}, nil
	}
}

func (d *disk) Unwrap() vfs.FS { return d.FS }

func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	number, is := manifestNumber(d.PathBase(name))
	if !is {
		return d.noted(name)(d.file(name, c, func() (vfs.File, error) { return d.FS.Create(name, c) }))
	}
	if !d.frozen() {
		d.notes.synced(manifest{}) // one of the same number may have been lost with the power
	}
	f, err := d.file(name, c, func() (vfs.File, error) { return d.FS.Create(name, c) })
	if err != nil {
		return nil, err
	}
	return &manifestFile{File: f, disk: d, written: manifest{number: number}, noted: d.notes.synced}, nil
}

func (d *disk) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.noted(to)(d.file(to, c, func() (vfs.File, error) { return d.FS.ReuseForWrite(from, to, c) }))
}

func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return d.file(name, c, func() (vfs.File, error) { return d.FS.OpenReadWrite(name, c, o...) })
}

func (d *disk) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	if d.frozen() {
		if f, err := d.spare.Open(d.PathBase(name), o...); err == nil {
			return f, nil
		}
	}
	return d.FS.Open(name, o...)
}

func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &file{File: f, disk: d}, nil
}

func (d *disk) Link(from, to string) error {
	return d.change(func() error { return d.FS.Link(from, to) })
}

func (d *disk) Rename(from, to string) error {
	return d.change(func() error { return d.FS.Rename(from, to) })
}

// Remove gives its error to the caller, since a file that stays does no harm.
func (d *disk) Remove(name string) error {
	if d.frozen() {
		return nil
	}
	return d.FS.Remove(name)
}

func (d *disk) RemoveAll(name string) error {
	if d.frozen() {
		return nil
	}
	return d.FS.RemoveAll(name)
}

// file is a file, or the directory, of a disk that may freeze.
type file struct {
	vfs.File
	disk  *disk
	isLog bool
}

func (f *file) Write(p []byte) (int, error) {
	return len(p), f.disk.change(func() error { _, err := f.File.Write(p); return err })
}

func (f *file) WriteAt(p []byte, at int64) (int, error) {
	return len(p), f.disk.change(func() error { _, err := f.File.WriteAt(p, at); return err })
}

// Preallocate gives its error to the caller, since it is only a hint. A log is made
// longer with it: while it grows with each commit, each sync also has to write how
// long it is, which takes as long again (BenchmarkSync). Nulls at its end are the
// end, as they are of a log that is used again.
func (f *file) Preallocate(at, length int64) error {
	if f.disk.frozen() {
		return nil
	}
	if f.isLog && unix.Fallocate(int(f.Fd()), 0, at, length) == nil {
		return nil
	}
	return f.File.Preallocate(at, length)
}

func (f *file) Sync() error { return f.disk.change(f.File.Sync) }

func (f *file) SyncData() error { return f.disk.change(f.File.SyncData) }

func (f *file) SyncTo(length int64) (full bool, err error) {
	return full, f.disk.change(func() (err error) { full, err = f.File.SyncTo(length); return err })
}

// Close releases the file, frozen or not.
func (f *file) Close() error {
	f.disk.freeze(f.File.Close())
	return nil
}
