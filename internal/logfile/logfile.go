// Package logfile appends lines to files that others may move away meanwhile, as
// logrotate does, and keeps them within bounds.
package logfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// mode is that of new files.
const mode = 0o640

// Options say how large files become.
type Options struct {
	MaxSize int64 // octets, with which a file is followed by another one; 0: any
	Keep    int   // older ones that stay then: PATH.1 is the last before PATH
}

// File is a file that is appended to. It is safe for concurrent use.
type File struct {
	path    string
	options Options

	mu sync.Mutex
	f  *os.File // nil: closed, or to be opened again
}

// Open opens a file, or makes it.
func Open(path string, o Options) (*File, error) {
	f := &File{path: path, options: o}
	return f, f.open()
}

// Write appends lines, all or none of them: what is written in part only, such as
// on a full disk, is taken back. A file that somebody moved or removed is made
// anew first.
func (f *File) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size, err := f.prepare(int64(len(lines)))
	if err != nil {
		return 0, err
	}
	n, err := f.f.Write(lines)
	if err == nil {
		return n, nil
	}
	if n > 0 {
		err = errors.Join(err, f.f.Truncate(size))
	}
	return 0, err
}

// Close closes the file. A Write afterwards opens it again.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.close()
}

func (f *File) close() error {
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

// prepare makes ready for so many octets, and gives the size before them.
func (f *File) prepare(more int64) (size int64, err error) {
	info, err := f.current()
	if err != nil {
		return 0, err
	}
	size = info.Size()
	if f.options.MaxSize == 0 || size == 0 || size+more <= f.options.MaxSize {
		return size, nil
	}
	return 0, f.rotate()
}

// current gives what is known of the open file, which is that of the path.
func (f *File) current() (fs.FileInfo, error) {
	if f.f != nil {
		there, err := os.Lstat(f.path)
		is, failed := f.f.Stat()
		if err == nil && failed == nil && os.SameFile(there, is) {
			return is, nil
		}
	}
	if err := errors.Join(f.close(), f.open()); err != nil {
		return nil, err
	}
	return f.f.Stat()
}

// open opens the file. What could keep the server, such as a pipe, it refuses;
// a symbolic link could lead where only root may write.
func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, mode)
	if errors.Is(err, unix.ELOOP) {
		return fmt.Errorf("%s is a symbolic link, want a file", f.path)
	}
	if err != nil {
		return err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("%s is no file, want one that can be appended to", f.path), file.Close())
	}
	f.f = file
	return f.mend()
}

// mend ends a line that was begun by a server that was killed meanwhile, or whose
// disk was full.
func (f *File) mend() error {
	file, err := os.Open(f.path)
	if err != nil {
		return nil // it can be written and not read: then nobody can know
	}
	defer file.Close()
	last := make([]byte, 1)
	if _, err := file.Seek(-1, io.SeekEnd); err != nil {
		return nil // it is empty
	}
	if _, err := file.Read(last); err != nil || last[0] == '\n' {
		return nil
	}
	_, err = f.f.WriteString("\n")
	return err
}

// rotate has the file be followed by an empty one.
func (f *File) rotate() error {
	for n := f.options.Keep; n > 1; n-- {
		if err := rename(f.numbered(n-1), f.numbered(n)); err != nil {
			return err
		}
	}
	if err := rename(f.path, f.numbered(1)); err != nil {
		return err
	}
	return errors.Join(f.close(), f.open())
}

func (f *File) numbered(n int) string { return f.path + "." + strconv.Itoa(n) }

// rename renames a file if it is there.
func rename(from, to string) error {
	if err := os.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
