package pipeline

import (
	"context"

	"github.com/stage6/stage6/host"
)

// StateSetter is a Handler that sets the states of hosts, such as when the
// installed system of one is seen. UseStates is called once, before the first
// exchange and before Run; an error ends the server.
type StateSetter interface {
	UseStates(s States) error
}

// States sets the states of hosts and keeps notes on them, as stage6 deploy and
// stage6 installed do. It is safe for concurrent use. Change and Note wait for
// the disk, so that they are for Run, and never for Handle.
type States interface {
	// Change sets the state of a host that the registry gave: it is on the disk,
	// and counts for all exchanges, when Change returns true. It does nothing and
	// returns false when the registry has something else for the host by now:
	// somebody set its state, or its file was read again.
	Change(ctx context.Context, h *host.Host, s host.State) (bool, error)
	// Note keeps a short text on a host, durably, in place of the one before;
	// an empty one removes it. It is the handler's own, and is removed when the
	// state of the host is set. It does nothing and returns false as Change does.
	Note(ctx context.Context, h *host.Host, text string) (bool, error)
	// Notes calls yield with the handler's notes, in any order. Yield does not
	// use the states.
	Notes(yield func(name, text string))
	// Follow has f called with the name of each host whose state is set or reset,
	// and that state, when it is on the disk and just before it counts. F does not
	// use the states.
	Follow(f func(name string, s host.State))
}
