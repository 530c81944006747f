package stage

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/pipeline"
)

// deployments are the machines that are being installed, and how far they are:
// only hosts of the registry that trusted evidence says the client is, so that
// nobody can fill it. It is safe for concurrent use.
type deployments struct {
	watched bool          // whether anything ends a deployment; else nothing is kept
	after   time.Duration // for how long a machine is installed at most; 0: for ever
	hosts   *host.Registry
	clock   func() time.Time
	states  pipeline.States
	log     *logrus.Entry
	limit   quiet.Limiter
	ended   *prometheus.CounterVec
	failed  prometheus.Counter
	*book
}

// book is what is known of the installations. It outlives the configuration.
type book struct {
	mu      sync.Mutex
	of      map[string]progress // by the name of the host
	unsaved map[string]struct{} // hosts whose progress is not on the disk
	wake    chan struct{}       // when there is something to do
}

// progress is how far the installation of a machine is.
type progress struct {
	began time.Time // when its loader or installer was seen first
	noted bool      // whether that is on the disk
	ended reason    // nothing: not yet
}

// reason says how it was found that a machine is installed.
type reason string

const (
	byClient  reason = "client"  // its system was seen
	byTimeout reason = "timeout" // it took too long for anything else
	bySetting reason = "setting" // its state was set
)

func newDeployments(env pipeline.Env) *deployments {
	return &deployments{
		hosts: env.Hosts, clock: env.Clock, log: env.Log,
		book: &book{of: map[string]progress{}, unsaved: map[string]struct{}{}, wake: make(chan struct{}, 1)},
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stage6_stage_installed_total",
			Help: "Hosts that became installed since their system was seen (client) or after a time (timeout).",
		}, []string{"reason"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stage6_stage_state_errors_total",
			Help: "Times that the store failed when a host became installed; it is tried again.",
		}),
	}
}

// register makes the metrics known, if they can ever change.
func (d *deployments) register(r prometheus.Registerer) error {
	if !d.watched {
		return nil
	}
	return errors.Join(r.Register(d.ended), r.Register(d.failed))
}

// follows says whether the client is a machine whose installation is followed.
// Who only pretends to be it has no say about it.
func (d *deployments) follows(x *pipeline.Exchange) bool {
	return d.watched && x.Host() != nil && x.Host().State == host.Deploy && x.HostTrusted()
}

// begin notes that a loader or installer of a host speaks.
func (d *deployments) begin(name string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.of[name]; !known {
		d.set(name, progress{began: now})
	}
}

// finish notes that the installed system of a host speaks. That counts once its
// installation has begun: the system of before may be running yet.
func (d *deployments) finish(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, known := d.of[name]; known && p.ended == "" {
		p.ended = byClient
		d.set(name, p)
	}
}

// over says whether the installation of a host has ended, though the registry
// does not say so yet. Where it is only tried that is not noted.
func (d *deployments) over(name string, now time.Time, dry bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, known := d.of[name]; dry {
		return known && (p.ended != "" || d.after != 0 && now.Sub(p.began) >= d.after)
	}
	return d.due(name, now)
}

// due is over, and has what took too long end.
func (d *deployments) due(name string, now time.Time) bool {
	p, known := d.of[name]
	if !known || p.ended != "" {
		return known
	}
	if d.after == 0 || now.Sub(p.began) < d.after {
		return false
	}
	p.ended = byTimeout
	d.set(name, p)
	return true
}

// set changes the progress of a host and has Run look at it.
func (d *deployments) set(name string, p progress) {
	d.of[name] = p
	d.unsaved[name] = struct{}{}
	select {
	case d.wake <- struct{}{}:
	default: // it is about to
	}
}

// get gives the progress of a host, and whether there is any.
func (d *deployments) get(name string) (progress, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, known := d.of[name]
	return p, known
}

// noted notes that the beginning is on the disk.
func (d *deployments) noted(name string, began time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, known := d.of[name]; known && p.began.Equal(began) {
		p.noted = true
		d.of[name] = p
	}
}

// stateSet takes notice that the state of a host is set. Where it is not to be
// installed any more, exchanges that began before may ask yet whether that is
// over, until Run looks.
func (d *deployments) stateSet(name string, s host.State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, known := d.of[name]
	if known && s != host.Deploy {
		p.ended = bySetting
		d.of[name] = p
		return
	}
	delete(d.of, name)
}

// forget forgets the progress of a host.
func (d *deployments) forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.of, name)
}
