package migrate

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
)

// Takeover is what of another server's leases goes into a store, and what does
// not. Nothing of it is in the store yet.
type Takeover struct {
	Found    int        `json:"found"`   // leases in the files
	Ended    int        `json:"ended"`   // of those, how many are over
	Kept     int        `json:"kept"`    // how many the store knows already, or knows better
	Refused  int        `json:"refused"` // how many somebody else has in the store
	Taken    int        `json:"taken"`   // how many go into the store
	ServerID ident.DUID `json:"server_id,omitempty"`
	Report   *Report    `json:"-"`
	changes  []lease.Change
}

// takeover is a Takeover in the making.
type takeover struct {
	Takeover
	now     time.Time
	old     map[lease.Key]*lease.Binding
	merged  map[lease.Key]*lease.Binding
	order   []lease.Key
	holders map[netip.Prefix]holder
	lengths []int // of what is held
}

// holder is who has a prefix, and where that is from, if it is from a file.
type holder struct {
	key    lease.Key
	origin Origin
}

// Holders gives the formats that have leases.
func (f Formats) Holders() []string { return f.Names(holds) }

func holds(f Format) bool { return f.Leases != nil }

// TakeOver reads files of leases, and says what of them goes into the store: what
// is not over, what nobody else has there, and what the store does not know from
// later.
func (f Formats) TakeOver(ctx context.Context, store lease.Store, files []string, from string, now time.Time) (*Takeover, error) {
	t := &takeover{now: now, old: map[lease.Key]*lease.Binding{}, merged: map[lease.Key]*lease.Binding{}, holders: map[netip.Prefix]holder{}}
	t.Report = &Report{}
	if err := store.Load(ctx, t.known); err != nil {
		return nil, err
	}
	groups, err := f.leaseFiles(files, from)
	if err != nil {
		return nil, err
	}
	sink := &LeaseSink{Report: t.Report, Lease: t.add, ServerID: func(d ident.DUID, _ Origin) { t.ServerID = d }}
	for _, g := range groups {
		if err := g.format.Leases(ctx, g.files, sink); err != nil {
			return nil, err
		}
	}
	for _, key := range t.order {
		t.changes = append(t.changes, lease.Change{Before: t.old[key], After: t.merged[key]})
	}
	return &t.Takeover, nil
}

// leaseGroup is the files of one format.
type leaseGroup struct {
	format Format
	files  []string
}

// leaseFiles puts the files of one format together.
func (f Formats) leaseFiles(files []string, from string) (groups []leaseGroup, err error) {
	for _, name := range files {
		format, err := f.holderOf(name, from)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(groups, func(g leaseGroup) bool { return g.format.Name == format.Name })
		if i < 0 {
			i, groups = len(groups), append(groups, leaseGroup{format: format})
		}
		groups[i].files = append(groups[i].files, name)
	}
	return groups, nil
}

func (f Formats) holderOf(name, from string) (Format, error) {
	if from != "" {
		return f.Named(from, holds)
	}
	in, err := os.Open(name)
	if err != nil {
		return Format{}, err
	}
	defer func() { _ = in.Close() }() // it was only read
	head, err := io.ReadAll(io.LimitReader(in, DetectLength))
	if err != nil {
		return Format{}, err
	}
	return f.Recognise(name, head, holds)
}

// known notes a binding of the store.
func (t *takeover) known(b *lease.Binding) error {
	t.old[b.Key] = b
	for i := range b.Leases {
		if b.Leases[i].Held(t.now) {
			t.hold(b.Leases[i].Prefix, holder{key: b.Key})
		}
	}
	return nil
}

func (t *takeover) hold(p netip.Prefix, h holder) {
	t.holders[p] = h
	if at, found := slices.BinarySearch(t.lengths, p.Bits()); !found {
		t.lengths = slices.Insert(t.lengths, at, p.Bits())
	}
}

// holderOf finds who else has a prefix, or what overlaps it.
func (t *takeover) other(p netip.Prefix, key lease.Key) (holder, netip.Prefix, bool) {
	for _, bits := range t.lengths {
		if bits > p.Bits() {
			break
		}
		around := netip.PrefixFrom(p.Addr(), bits).Masked()
		if h, held := t.holders[around]; held && (h.key != key || around != p) {
			return h, around, true
		}
	}
	if p.Bits() == 128 {
		return holder{}, p, false
	}
	for inside, h := range t.holders { // few prefixes are longer than others
		if inside.Bits() > p.Bits() && p.Contains(inside.Addr()) {
			return h, inside, true
		}
	}
	return holder{}, p, false
}

// add takes a lease, or says why not.
func (t *takeover) add(l Lease) error {
	t.Found++
	leased := lease.Lease{Prefix: l.Prefix, State: l.State, Preferred: l.Preferred, Valid: l.Valid, Until: l.Until, Pool: "import"}
	if !leased.Held(t.now) {
		t.Ended++
		return nil
	}
	if t.knows(l) {
		t.Kept++
		return nil
	}
	if h, p, taken := t.other(l.Prefix, l.Key); taken {
		t.Refused++
		t.Report.LeftOut(l.Origin, "%s is held by %s%s%s: nobody else can have %s", p, h.key, ifOrigin(h.origin), since(h), l.Prefix)
		return nil
	}
	return t.merge(l, leased)
}

// ifOrigin names the line that a holder is from.
func ifOrigin(o Origin) string {
	if o.File == "" {
		return ""
	}
	return " (" + o.String() + ")"
}

// since says where a holder is that is from no file.
func since(h holder) string {
	if h.origin.File != "" {
		return ""
	}
	return " in the store"
}

// knows says whether the store has the lease from the same time or later.
func (t *takeover) knows(l Lease) bool {
	b := t.old[l.Key]
	if b == nil {
		return false
	}
	have := b.Lease(l.Prefix)
	if have == nil {
		return b.Updated.After(l.Updated) && b.Live(t.now) && !l.Updated.IsZero()
	}
	return !l.Updated.IsZero() && !b.Updated.Before(l.Updated.Truncate(time.Second)) ||
		have.Until.IsZero() || !l.Until.IsZero() && !have.Until.Before(l.Until.Truncate(time.Second))
}

// merge puts the lease into the binding of its client.
func (t *takeover) merge(l Lease, leased lease.Lease) error {
	b := t.merged[l.Key]
	if b == nil {
		b = &lease.Binding{Key: l.Key, Created: t.now}
		if old := t.old[l.Key]; old != nil {
			copied := *old
			b = &copied
			b.Leases = slices.Clone(old.Leases)
		}
	}
	b.Leases = append(slices.DeleteFunc(b.Leases, func(x lease.Lease) bool { return x.Prefix == l.Prefix }), leased)
	if l.Updated.After(b.Updated) {
		b.Updated = l.Updated
	}
	if b.Updated.IsZero() {
		b.Updated = t.now
	}
	if !l.MAC.IsZero() {
		b.MAC = l.MAC
	}
	if l.Hostname != "" {
		b.Hostname = l.Hostname
	}
	if err := b.Check(); err != nil {
		t.Refused++
		t.Report.LeftOut(l.Origin, "%v", err)
		return nil
	}
	if t.merged[l.Key] == nil {
		t.order = append(t.order, l.Key)
	}
	t.merged[l.Key] = b
	t.hold(l.Prefix, holder{l.Key, l.Origin})
	t.Taken++
	return nil
}

// batch is how many bindings are made durable at a time.
const batch = 1024

// Commit makes what is taken durable, and tells after each step how many
// bindings of all there are. After an error, what it told of is kept: another
// try goes on behind it.
func (t *Takeover) Commit(ctx context.Context, store lease.Store, tell func(done, all int)) error {
	done := 0
	for part := range slices.Chunk(t.changes, batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := store.Commit(ctx, part); err != nil {
			return fmt.Errorf("after %d of %d bindings: %w", done, len(t.changes), err)
		}
		done += len(part)
		tell(done, len(t.changes))
	}
	return nil
}
