package faultdisk

import (
	"slices"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

const enospc = syscall.ENOSPC

// attr fills in what is known of a file. The caller holds d.mu.
func (d *Disk) attr(id uint64, out *fuse.Attr) fuse.Status {
	if d.dead {
		return fuse.EIO
	}
	if id == fuse.FUSE_ROOT_ID {
		*out = d.rootAttr
		return fuse.OK
	}
	f := d.files[id]
	if f == nil {
		return fuse.Status(syscall.ESTALE)
	}
	size := uint64(len(f.live))
	*out = fuse.Attr{Ino: id, Size: size, Blocks: (size + sector - 1) / sector, Mode: fuse.S_IFREG | f.mode, Nlink: 1, Owner: f.owner, Blksize: 4096}
	return fuse.OK
}

// Lookup finds a file by its name.
func (d *Disk) Lookup(_ <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.root.live[name]
	if !ok && !d.dead {
		return fuse.ENOENT
	}
	out.NodeId = id
	return d.attr(id, &out.Attr)
}

// GetAttr tells of a file.
func (d *Disk) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attr(in.NodeId, &out.Attr)
}

// SetAttr changes owner, rights or size.
func (d *Disk) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	mode, owner := &d.rootAttr.Mode, &d.rootAttr.Owner
	f := d.files[in.NodeId]
	if f != nil {
		mode, owner = &f.mode, &f.owner
	}
	more := 0
	size, resize := in.GetSize()
	if resize && f != nil {
		more = int(size) - len(f.live)
	}
	if s := d.writable(more); s != fuse.OK {
		return s
	}
	if resize && f != nil {
		f.resize(int(size))
	}
	if m, ok := in.GetMode(); ok {
		*mode = *mode&syscall.S_IFMT | m
	}
	if u, ok := in.GetUID(); ok {
		owner.Uid = u
	}
	if g, ok := in.GetGID(); ok {
		owner.Gid = g
	}
	return d.attr(in.NodeId, &out.Attr)
}

// Create makes a file.
func (d *Disk) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.writable(1); s != fuse.OK {
		return s
	}
	d.last++
	d.files[d.last] = newFile(in.Mode&0o7777, in.Owner)
	d.root.change(rename{to: name, id: d.last})
	out.NodeId, out.OpenFlags = d.last, fuse.FOPEN_DIRECT_IO
	return d.attr(d.last, &out.Attr)
}

// Open opens a file. The kernel caches nothing of it.
func (d *Disk) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.readOnly && in.Flags&syscall.O_ACCMODE != syscall.O_RDONLY {
		return fuse.EROFS
	}
	out.OpenFlags = fuse.FOPEN_DIRECT_IO
	var ignored fuse.Attr
	return d.attr(in.NodeId, &ignored)
}

// Read reads.
func (d *Disk) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[in.NodeId]
	if d.dead || f == nil {
		return nil, fuse.EIO
	}
	from := min(int(in.Offset), len(f.live))
	n := copy(buf[:min(len(buf), int(in.Size))], f.live[from:])
	return fuse.ReadResultData(buf[:n]), fuse.OK
}

// Write writes, as far as there is room.
func (d *Disk) Write(cancel <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	if !d.await(cancel) {
		return 0, fuse.EINTR
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[in.NodeId]
	if f == nil {
		return 0, fuse.EIO
	}
	if s := d.writable(int(in.Offset) + len(data) - len(f.live)); s != fuse.OK {
		return 0, s
	}
	f.write(int(in.Offset), data)
	return uint32(len(data)), fuse.OK
}

// Fallocate takes room, of which nothing can be seen.
func (d *Disk) Fallocate(_ <-chan struct{}, in *fuse.FallocateIn) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[in.NodeId]
	if f == nil {
		return fuse.EIO
	}
	return d.writable(int(in.Offset+in.Length) - len(f.live))
}

// Unlink takes a name away.
func (d *Disk) Unlink(_ <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.writable(0); s != fuse.OK {
		return s
	}
	d.root.change(rename{from: name})
	return fuse.OK
}

// Rename gives a file another name.
func (d *Disk) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.writable(0); s != fuse.OK {
		return s
	}
	d.root.change(rename{from: from, to: to, id: d.root.live[from]})
	return fuse.OK
}

// Fsync makes a file durable.
func (d *Disk) Fsync(cancel <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return d.sync(cancel, func() {
		if f := d.files[in.NodeId]; f != nil {
			f.sync()
		}
	})
}

// FsyncDir makes names durable.
func (d *Disk) FsyncDir(cancel <-chan struct{}, _ *fuse.FsyncIn) fuse.Status {
	return d.sync(cancel, d.root.sync)
}

// sync takes its time for a sync.
func (d *Disk) sync(cancel <-chan struct{}, do func()) fuse.Status {
	if !d.await(cancel) {
		return fuse.EINTR
	}
	d.mu.Lock()
	takes := d.syncTakes
	d.mu.Unlock()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-cancel:
			return fuse.EINTR
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.writable(0); s != fuse.OK {
		return s
	}
	d.syncs++
	do()
	return fuse.OK
}

// OpenDir opens the directory.
func (d *Disk) OpenDir(<-chan struct{}, *fuse.OpenIn, *fuse.OpenOut) fuse.Status { return fuse.OK }

// ReadDir lists the names.
func (d *Disk) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return fuse.EIO
	}
	names := make([]string, 0, len(d.root.live))
	for name := range d.root.live {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := in.Offset; i < uint64(len(names)); i++ {
		if !out.AddDirEntry(fuse.DirEntry{Mode: fuse.S_IFREG, Name: names[i], Ino: d.root.live[names[i]], Off: i + 1}) {
			break
		}
	}
	return fuse.OK
}

// StatFs tells how much room there is.
func (d *Disk) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	const plenty = 1 << 34
	free := plenty
	if d.room > 0 {
		free = max(0, d.room-d.used())
	}
	out.Bsize, out.NameLen = sector, 255
	out.Blocks, out.Bfree = uint64(d.used()+free)/sector, uint64(free)/sector
	out.Bavail = out.Bfree
	return fuse.OK
}
