package route

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/pipeline"
)

const (
	// lookTime is how often all routes are compared with those of the kernel,
	// which drops them when an interface goes down.
	lookTime = 30 * time.Second
	// retryTime is how soon that is done after the router refused something. It
	// doubles up to lookTime while it goes on refusing.
	retryTime = time.Second
)

// route is a route to a delegated prefix. The zone of a link-local next hop is
// the name of its interface.
type route struct {
	prefix netip.Prefix
	via    netip.Addr
	metric int
}

// router is where routes are made.
type router interface {
	// list gives the routes that are of this plugin.
	list() ([]route, error)
	// add makes a route, but not in the place of another one.
	add(context.Context, route) error
	// remove takes away a route of this plugin. It is no error if there is none.
	remove(context.Context, route) error
}

// keeper keeps the routes of a router as they are wished. It is of one
// goroutine.
type keeper struct {
	wishes  *wishes
	router  router
	metric  int
	log     *logrus.Entry
	clock   func() time.Time
	metrics metrics
	events  pipeline.Events
	limit   quiet.Limiter

	turns     *sync.Mutex // held by who changes routes, of this keeper and those before
	succeeded atomic.Bool // another keeper has taken over

	made   map[netip.Prefix]route // what the router has, as far as is known
	look   time.Time              // when all are compared
	next   time.Time              // when the next turn is
	retry  time.Duration
	failed bool // something, in this turn
	buffer []netip.Prefix
}

// run keeps the routes until ctx ends. It calls looked each time that all were
// compared.
func (k *keeper) run(ctx context.Context, looked func()) error {
	k.retry = retryTime
	for {
		if k.turn(ctx) {
			looked()
		}
		timer := time.NewTimer(k.next.Sub(k.clock()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-k.wishes.news:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// succeed takes over from another keeper, which changes no route any more.
func (k *keeper) succeed(was *keeper) {
	was.succeeded.Store(true)
	k.turns = was.turns
}

// turn makes the routes what is wished, and says whether all were compared.
func (k *keeper) turn(ctx context.Context) (all bool) {
	k.turns.Lock()
	defer k.turns.Unlock()
	if k.succeeded.Load() {
		k.next = k.clock().Add(lookTime)
		return false
	}
	k.failed = false
	k.wishes.expire()
	changed, all, ends := k.wishes.take(k.buffer[:0])
	now := k.clock()
	if all = all || !now.Before(k.look); all {
		k.look = now.Add(lookTime)
		changed = k.compare(ctx, changed[:0])
	}
	for _, p := range changed {
		if ctx.Err() == nil {
			k.settle(ctx, p)
		}
	}
	k.buffer = changed
	k.metrics.routes.Set(float64(len(k.made)))
	k.schedule(now, ends)
	return all
}

// schedule decides when the next turn is, unless something changes before.
func (k *keeper) schedule(now, ends time.Time) {
	if k.failed {
		if again := now.Add(k.retry); again.Before(k.look) {
			k.look = again
		}
		k.retry = min(2*k.retry, lookTime)
	} else {
		k.retry = retryTime
	}
	k.next = k.look
	if !ends.IsZero() && ends.Before(k.next) {
		k.next = ends
	}
}

// compare lists the router's routes, removes those that are not wished, and
// appends what is.
func (k *keeper) compare(ctx context.Context, dst []netip.Prefix) []netip.Prefix {
	found, err := k.router.list()
	if err != nil {
		k.fail("the routes cannot be listed", route{}, err)
		return dst
	}
	k.made = make(map[netip.Prefix]route, len(found))
	for _, r := range found {
		if k.wished(r.prefix) == r {
			k.made[r.prefix] = r
		} else if ctx.Err() == nil {
			k.remove(ctx, r)
		}
	}
	return k.wishes.prefixes(dst)
}

// wished gives the route to a prefix that is wished, or the zero route.
func (k *keeper) wished(p netip.Prefix) route {
	via := k.wishes.of(p)
	if !via.IsValid() {
		return route{}
	}
	return route{p, via, k.metric}
}

// settle makes the route to one prefix what is wished.
func (k *keeper) settle(ctx context.Context, p netip.Prefix) {
	is, want := k.made[p], k.wished(p)
	if is == want {
		return
	}
	if is != (route{}) && !k.remove(ctx, is) {
		return
	}
	delete(k.made, p)
	if want != (route{}) {
		k.add(ctx, want)
	}
}

func (k *keeper) add(ctx context.Context, r route) {
	if err := k.router.add(ctx, r); err != nil {
		k.fail("a route cannot be made", r, err)
		return
	}
	k.made[r.prefix] = r
	k.metrics.changes.WithLabelValues("added").Inc()
	k.events.Publish(r.event(event.RouteUp))
	k.log.WithFields(r.fields()).Debug("route made")
}

func (k *keeper) remove(ctx context.Context, r route) bool {
	if err := k.router.remove(ctx, r); err != nil {
		k.fail("a route cannot be removed", r, err)
		return false
	}
	k.metrics.changes.WithLabelValues("removed").Inc()
	k.events.Publish(r.event(event.RouteDown))
	k.log.WithFields(r.fields()).Debug("route removed")
	return true
}

// fail counts and tells of what the router refused. It is tried again.
func (k *keeper) fail(what string, r route, err error) {
	k.failed = true
	k.metrics.failures.Inc()
	e := r.event(event.RouteFailed)
	e.Text = what + ": " + err.Error()
	k.events.Publish(e)
	if suppressed, ok := k.limit.Allow(k.clock()); ok {
		k.log.WithFields(r.fields()).WithField("suppressed", suppressed).WithError(err).Warn(what + ", it will be tried again")
	}
}

// event gives what is told of a route. The text of one that was changed is its
// next hop.
func (r route) event(k event.Kind) event.Event {
	e := event.Event{Kind: k, Prefix: r.prefix, Source: "route"}
	if r.via.IsValid() {
		e.Text = "via " + r.via.String()
	}
	return e
}

func (r route) fields() logrus.Fields {
	if r == (route{}) {
		return logrus.Fields{}
	}
	return logrus.Fields{"prefix": r.prefix, "via": r.via}
}
