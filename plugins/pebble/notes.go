package pebble

import (
	"cmp"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/sirupsen/logrus"
)

// ackFile has the number of the last commit that was acknowledged, or of one
// before it, how much of which manifest was synced, and how long the last logs were
// that are not written any more. It is written after each commit, each sync of a
// manifest and each log, but not synced itself, so that it is never ahead of them.
// Damage at the end of a log or a manifest looks as if the power had gone while that
// was written; that this file knows of more tells them apart.
const ackFile = "acknowledged"

// noteSize is the size of the file: commits, number and size of the manifest and of
// each log in 8 octets each, the CRC-32 of the manifest, and that of all this. It
// lies in one sector, of which a disk writes all or nothing.
const noteSize = 3*8 + 4 + closedLogs*2*8 + 4

// closedLogs is how many logs can be waiting to be written to tables, and more.
const closedLogs = 8

// notes are what that file has.
type notes struct {
	commits  uint64
	manifest manifest
	logs     [closedLogs]closedLog // in any order
}

// closedLog is a log that is not written any more, or none.
type closedLog struct{ number, size uint64 }

// manifest is a manifest as far as it was synced; the zero value is none.
type manifest struct {
	number, size uint64
	sum          uint32 // CRC-32
}

// notebook writes notes. It is safe for concurrent use.
type notebook struct {
	log  *logrus.Entry
	file vfs.File

	mu     sync.Mutex
	now    notes
	buffer [noteSize]byte
}

// openNotes opens the file for writing, with what it has.
func openNotes(fs vfs.FS, path string, log *logrus.Entry) (*notebook, error) {
	now, err := readNotes(fs, path)
	if err != nil {
		return nil, err
	}
	f, err := fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	return &notebook{log: log, file: f, now: now}, nil
}

// committed notes that so many commits are durable.
func (n *notebook) committed(commits uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now.commits = commits
	n.write()
}

// synced notes that so much of a manifest is durable.
func (n *notebook) synced(m manifest) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now.manifest = m
	n.write()
}

// closed notes that a log is not written any more, in the place of the oldest one.
func (n *notebook) closed(l closedLog) {
	n.mu.Lock()
	defer n.mu.Unlock()
	oldest := 0
	for i := range n.now.logs {
		if n.now.logs[i].number < n.now.logs[oldest].number {
			oldest = i
		}
	}
	n.now.logs[oldest] = l
	n.write()
}

// write writes the notes. That it fails only makes damage harder to see.
func (n *notebook) write() {
	record := binary.BigEndian.AppendUint64(n.buffer[:0], n.now.commits)
	record = binary.BigEndian.AppendUint64(record, n.now.manifest.number)
	record = binary.BigEndian.AppendUint64(record, n.now.manifest.size)
	record = binary.BigEndian.AppendUint32(record, n.now.manifest.sum)
	for _, l := range n.now.logs {
		record = binary.BigEndian.AppendUint64(record, l.number)
		record = binary.BigEndian.AppendUint64(record, l.size)
	}
	record = binary.BigEndian.AppendUint32(record, crc32.ChecksumIEEE(record))
	if _, err := n.file.WriteAt(record, 0); err != nil {
		n.log.WithError(err).Debug("noting what is durable")
	}
}

// Close leaves the file as it should be found.
func (n *notebook) Close() error {
	if n == nil {
		return nil
	}
	return cmp.Or(n.file.Sync(), n.file.Close())
}

// readNotes reads the file. One that is not there, or not whole, says nothing.
func readNotes(fsys vfs.FS, path string) (notes, error) {
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return notes{}, nil
	}
	if err != nil {
		return notes{}, err
	}
	var record [noteSize]byte
	n, _ := f.ReadAt(record[:], 0)
	if err := f.Close(); err != nil || n < noteSize {
		return notes{}, err
	}
	const body = noteSize - 4
	if crc32.ChecksumIEEE(record[:body]) != binary.BigEndian.Uint32(record[body:]) {
		return notes{}, nil
	}
	return parseNotes(record[:]), nil
}

func parseNotes(record []byte) (n notes) {
	number := func(at int) uint64 { return binary.BigEndian.Uint64(record[at:]) }
	n.commits = number(0)
	n.manifest = manifest{number: number(8), size: number(16), sum: binary.BigEndian.Uint32(record[24:])}
	for i := range n.logs {
		at := 28 + 16*i
		n.logs[i] = closedLog{number: number(at), size: number(at + 8)}
	}
	return n
}

// manifestFile is a manifest that is being written, and noted when it is synced.
type manifestFile struct {
	vfs.File
	disk    *disk
	written manifest
	noted   func(manifest)
}

func (f *manifestFile) Write(p []byte) (int, error) {
	f.written.size += uint64(len(p))
	f.written.sum = crc32.Update(f.written.sum, crc32.IEEETable, p)
	return f.File.Write(p)
}

// Sync notes what was written before it.
func (f *manifestFile) Sync() error {
	m := f.written
	err := f.File.Sync()
	if err == nil && !f.disk.frozen() {
		f.noted(m)
	}
	return err
}

// logFile is a log that is being written, whose length is noted when that ends.
type logFile struct {
	vfs.File
	disk            *disk
	number          uint64
	written, synced uint64 // octets
}

func (f *logFile) Write(p []byte) (int, error) {
	f.written += uint64(len(p))
	return f.File.Write(p)
}

func (f *logFile) Sync() error { return f.durable(f.File.Sync) }

func (f *logFile) SyncData() error { return f.durable(f.File.SyncData) }

func (f *logFile) durable(sync func() error) error {
	written := f.written
	err := sync()
	if err == nil && !f.disk.frozen() {
		f.synced = written
	}
	return err
}

func (f *logFile) Close() error {
	err := f.File.Close()
	if err == nil && !f.disk.frozen() {
		f.disk.notes.closed(closedLog{f.number, f.synced})
	}
	return err
}

// logNumber gives the number of a log by the name of its file.
func logNumber(name string) (number uint64, is bool) {
	digits, is := strings.CutSuffix(name, ".log")
	if !is {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, err == nil
}

// manifestNumber gives the number of a manifest by the name of its file.
func manifestNumber(name string) (number uint64, is bool) {
	digits, is := strings.CutPrefix(name, "MANIFEST-")
	if !is {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, err == nil
}
