// Package faultdisk is a disk for tests of programs that must not lose what they
// promised: it forgets what was not synced when the power goes, tears it by
// sectors, becomes full, refuses writes, takes its time to sync, or hangs. It is a FUSE
// file system with one directory, whose files are in memory.
package faultdisk

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Disk is such a disk. It is safe for concurrent use.
type Disk struct {
	fuse.RawFileSystem // answers what is not supported

	mu        sync.Mutex
	files     map[uint64]*file // by number of inode; names are in root
	root      directory
	rootAttr  fuse.Attr
	last      uint64 // the newest inode
	dead      bool   // since PowerLoss
	readOnly  bool
	room      int           // in octets; zero is without end
	syncTakes time.Duration // each
	syncs     int
	hung      chan struct{} // closed when the disk goes on; nil while it does
}

// New makes an empty disk.
func New() *Disk {
	return &Disk{
		RawFileSystem: fuse.NewDefaultRawFileSystem(),
		files:         map[uint64]*file{}, root: newDirectory(), last: fuse.FUSE_ROOT_ID,
		rootAttr: fuse.Attr{Ino: fuse.FUSE_ROOT_ID, Mode: fuse.S_IFDIR | 0o755, Nlink: 2},
	}
}

// Mount mounts the disk on a directory, where the calling thread sees files. It
// stays mounted as long as something sees it.
func (d *Disk) Mount(dir string) error {
	s, err := fuse.NewServer(d, dir, &fuse.MountOptions{DirectMountStrict: true, DisableXAttrs: true, DisableReadDirPlus: true, AllowOther: true, FsName: "faultdisk"})
	if err != nil {
		return err
	}
	go s.Serve()
	return nil
}

// Fill leaves so much room beside what is on the disk now, in octets.
func (d *Disk) Fill(left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = d.used() + left
}

// Empty gives the disk room without end.
func (d *Disk) Empty() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = 0
}

// SetReadOnly has the disk refuse all changes, as a kernel does that found
// something wrong with a file system.
func (d *Disk) SetReadOnly(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readOnly = on
}

// SetSyncTime has each sync take so long from now on.
func (d *Disk) SetSyncTime(takes time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncTakes = takes
}

// Hang has the disk do no write and no sync until Resume.
func (d *Disk) Hang() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hung = make(chan struct{})
}

// Resume has the disk go on after Hang, with what it was asked to do meanwhile.
func (d *Disk) Resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.hung)
	d.hung = nil
}

// await waits while the disk hangs. It gives false when who asked does not wait any
// longer.
func (d *Disk) await(cancel <-chan struct{}) bool {
	d.mu.Lock()
	hung := d.hung
	d.mu.Unlock()
	if hung == nil {
		return true
	}
	select {
	case <-hung:
		return true
	case <-cancel:
		return false
	}
}

// Syncs counts the syncs so far.
func (d *Disk) Syncs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// PowerLoss ends all that the disk does. What was not synced by now is lost or not,
// as Restore says.
func (d *Disk) PowerLoss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
}

// Restore has the disk work again after PowerLoss, when nobody has a file open any
// more. Of what was not synced some is there: sectors of 512 octets, lengths of
// files, names, as chance has it.
func (d *Disk) Restore(chance *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := d.root.crashed(chance)
	before := d.files
	d.files, d.root = map[uint64]*file{}, newDirectory()
	for name, id := range names {
		d.last++
		d.files[d.last] = before[id].crashed(chance)
		d.root.live[name], d.root.durable[name] = d.last, d.last
	}
	d.dead = false
}

// used is how much is on the disk, in octets. The caller holds d.mu.
func (d *Disk) used() (octets int) {
	for _, id := range d.root.live {
		octets += len(d.files[id].live)
	}
	return octets
}

// writable says whether the disk takes so many more octets. The caller holds d.mu.
func (d *Disk) writable(more int) fuse.Status {
	switch {
	case d.dead:
		return fuse.EIO
	case d.readOnly:
		return fuse.EROFS
	case d.room > 0 && more > 0 && d.used()+more > d.room:
		return fuse.Status(enospc)
	}
	return fuse.OK
}
