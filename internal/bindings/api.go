package bindings

import (
	"context"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/allocator"
	"github.com/stage6/stage6/lease"
)

type Table struct{}

type Options struct {
	OfferTime     time.Duration
	MaxOffers     int
	MaxRemembered int
	RememberFor   time.Duration
	MaxPending    int
}

type Pool struct{}

func (p *Pool) Name() string                      { return "" }
func (p *Pool) Contains(prefix netip.Prefix) bool { return false }

type Ticket struct{ Epoch, Seq uint64 }

func (t Ticket) IsZero() bool { return t == Ticket{} }

type Holder struct {
	Binding *lease.Binding
	Lease   *lease.Lease
	Offered bool
}

type Usage struct {
	Name                                           string
	Size                                           float64
	Leased, Offered, Remembered, Resting, Reserved int
}

type Expired struct {
	Binding *lease.Binding
	Lease   *lease.Lease
}

type PoolSet struct{}

func New(now func() time.Time, o Options) *Table                   { return &Table{} }
func (t *Table) Load(ctx context.Context, store lease.Store) error { return nil }
func (t *Table) AddPool(spec allocator.Spec, policy allocator.Policy) (*Pool, error) {
	return &Pool{}, nil
}
func (t *Table) NewPoolSet() *PoolSet { return &PoolSet{} }
func (s *PoolSet) Add(spec allocator.Spec, policy allocator.Policy) (*Pool, error) {
	return &Pool{}, nil
}
func (s *PoolSet) Activate()                                         {}
func (t *Table) SetReserved(prefixes []netip.Prefix)                 {}
func (t *Table) Epoch() uint64                                       { return 0 }
func (t *Table) Get(duid []byte, ia ident.IA) *lease.Binding         { return nil }
func (t *Table) Holder(p netip.Prefix) (Holder, bool)                { return Holder{}, false }
func (t *Table) Offer(duid []byte, ia ident.IA, p netip.Prefix) bool { return false }
func (t *Table) Pick(pool *Pool, duid []byte, ia ident.IA, hints []netip.Prefix, length int) (netip.Prefix, bool) {
	return netip.Prefix{}, false
}
func (t *Table) Apply(epoch uint64, puts []*lease.Binding) (Ticket, error) { return Ticket{}, nil }
func (t *Table) Pending(epoch uint64, duid []byte, ia ident.IA) Ticket     { return Ticket{} }
func (t *Table) ByHost(dst []*lease.Binding, host string) []*lease.Binding { return dst }
func (t *Table) Page(dst []*lease.Binding, cursor uint32, limit int) (page []*lease.Binding, next uint32) {
	return dst, 0
}
func (t *Table) Expire(dst []Expired) (expired []Expired, more bool) { return dst, false }
func (t *Table) Usage() []Usage                                      { return nil }
func (t *Table) Len() int                                            { return 0 }
func (t *Table) Check() []error                                      { return nil }

func (t *Table) Take(dst []lease.Change, limit int) ([]lease.Change, Ticket) { return dst, Ticket{} }
func (t *Table) Committed(ticket Ticket)                                     {}
func (t *Table) RollBack()                                                   {}
func (t *Table) Wake() <-chan struct{}                                       { return nil }
