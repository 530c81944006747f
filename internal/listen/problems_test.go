package listen

import (
	"slices"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestProblemsAreWhatIsNotListenedOn(t *testing.T) {
	l := machine(t)
	l.listen(1, agentsAndServers+"%prov0", servers+"%prov0")
	l.troubled("not listening on prov0: the interface is not there or is down")
	l.link("prov0")
	l.troubled()
	l.check(l.server.Remove("prov0"))
	l.troubled("not listening on prov0: the interface is not there or is down")
}

func TestToListenOnNothingIsAProblem(t *testing.T) {
	l := machine(t)
	l.listen(1, agentsAndServers)
	l.troubled("listening on nothing: no interface is up")
}

// troubled waits until the problems are these.
func (l *lab) troubled(want ...string) {
	l.t.Helper()
	// They change after what is logged, by a goroutine that has nothing else to
	// tell.
	for ctx := labtest.Context(l.t); !slices.Equal(l.set.Problems(), want); {
		select {
		case <-ctx.Done():
			l.t.Fatalf("the problems are %q, want %q", l.set.Problems(), want)
		case <-time.After(time.Millisecond):
		}
	}
}
