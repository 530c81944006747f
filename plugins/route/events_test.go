package route

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/lease"
)

// tells compares what was told from the beginning, a line for each event.
func (r *rig) tells(want ...string) {
	r.t.Helper()
	synctest.Wait()
	var got []string
	for _, e := range r.told.Read(events.Query{}).Events {
		got = append(got, e.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("events (-want +got)\n%s", diff)
	}
}

func TestWhatBecomesOfRoutesIsTold(t *testing.T) {
	const up, down = "route-up 2001:db8:f000:100::/56 by route: via fe80::a%prov0", "route-down 2001:db8:f000:100::/56 by route: via fe80::a%prov0"
	released := func(b *lease.Binding) { b.Leases[0].State = lease.Released }
	bubble(t, "made and removed", func(t *testing.T) {
		r, b := start(t, newFakeKernel()), binding("ann", ann, one)
		r.tells()
		r.put(nil, b)
		r.tells(up)
		r.put(b, changed(b, released))
		r.tells(up, down)
	})
	bubble(t, "not made, and made later", func(t *testing.T) {
		r := start(t, newFakeKernel())
		synctest.Wait()
		r.kernel.take(one, true)
		r.put(nil, binding("ann", ann, one))
		failed := "route-failed 2001:db8:f000:100::/56 by route: a route cannot be made: file exists"
		r.tells(failed)
		r.kernel.take(one, false)
		r.after(retryTime)
		r.tells(failed, up)
	})
	bubble(t, "not removed", func(t *testing.T) {
		r, b := start(t, newFakeKernel()), binding("ann", ann, one)
		r.put(nil, b)
		r.tells(up)
		r.kernel.refuse(errors.New("no permission"))
		r.put(b, changed(b, released))
		r.tells(up, "route-failed 2001:db8:f000:100::/56 by route: a route cannot be removed: no permission")
	})
	bubble(t, "not listed", func(t *testing.T) {
		kernel := newFakeKernel()
		kernel.refuse(errors.New("no permission"))
		start(t, kernel).tells("route-failed by route: the routes cannot be listed: no permission")
	})
}
