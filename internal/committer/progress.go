package committer

import "github.com/stage6/stage6/internal/bindings"

// fate is what became of the change of a ticket.
type fate uint8

const (
	open   fate = iota
	kept        // durable
	undone      // rolled back with its epoch
)

// progress says how far the commits have come.
type progress struct {
	durable bindings.Ticket // the last, with the epoch that goes on
	before  bindings.Ticket // the last of the epoch before that
	cause   error           // why that one ended
}

// commit notes that a ticket is durable, and with it all earlier ones.
func (p *progress) commit(t bindings.Ticket) {
	if t.Epoch == p.durable.Epoch && t.Seq > p.durable.Seq {
		p.durable = t
	}
}

// rollBack notes that an epoch has begun, without what was not durable.
func (p *progress) rollBack(epoch uint64, cause error) {
	p.before, p.cause = p.durable, cause
	p.durable = bindings.Ticket{Epoch: epoch}
}

// fate tells what became of a ticket. A ticket of long ago, of an epoch before
// the last two, counts as undone; its client asks again.
func (p *progress) fate(t bindings.Ticket) fate {
	switch {
	case t.IsZero():
		return kept
	case t.Epoch > p.durable.Epoch:
		return open
	case t.Epoch == p.durable.Epoch && t.Seq > p.durable.Seq:
		return open
	case t.Epoch == p.durable.Epoch:
		return kept
	case t.Epoch == p.before.Epoch && t.Seq <= p.before.Seq:
		return kept
	}
	return undone
}
