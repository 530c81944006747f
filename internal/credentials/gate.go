package credentials

import (
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/quiet"
)

// Gate tells who asks at an endpoint, and limits those whom it does not know. It
// is safe for concurrent use.
type Gate struct {
	keys  *Keys
	ends  *Ends
	log   logrus.FieldLogger
	clock func() time.Time
	quiet quiet.Limiter
	wrong failures
}

// NewGate makes the gate of an endpoint. The endpoints of a server share ends.
func NewGate(keys *Keys, ends *Ends, log logrus.FieldLogger, clock func() time.Time) *Gate {
	return &Gate{keys: keys, ends: ends, log: log, clock: clock}
}

// Ends count how requests at endpoints with API tokens end.
type Ends struct{ total *prometheus.CounterVec }

// NewEnds makes the counter.
func NewEnds() *Ends {
	return &Ends{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stage6_api_tokens_total", Help: "API tokens that were shown, or not, by how that ended.",
	}, []string{"result"})}
}

// Describe and Collect are those of a prometheus.Collector.
func (e *Ends) Describe(ch chan<- *prometheus.Desc) { e.total.Describe(ch) }

// Collect gives the counts.
func (e *Ends) Collect(ch chan<- prometheus.Metric) { e.total.Collect(ch) }

// Find gives the name of the API token that a text is, and whether it is that of
// an administrator.
func (g *Gate) Find(text string) (name string, admin, ok bool) {
	t, ok := g.keys.Find(text)
	if ok {
		g.ends.total.WithLabelValues("accepted").Inc()
	}
	return t.Name, t.Role == Admin, ok
}

// Missing gives the error for whoever shows no API token.
func (g *Gate) Missing() error {
	g.ends.total.WithLabelValues("missing").Inc()
	return &api.UnauthorizedError{Err: errors.New("no API token: want the header Authorization: Bearer TOKEN")}
}

// Wrong gives the error for whoever shows an API token that is none. It is
// logged seldom, without the token. Who shows many is not told why any more;
// tokens that count do so all the time, so that nobody can lock others out.
func (g *Gate) Wrong(from netip.Addr) error {
	now := g.clock()
	if !g.wrong.allow(from, now) {
		g.ends.total.WithLabelValues("limited").Inc()
		return &api.TooManyError{Err: errors.New("too many API tokens that do not count: ask again in a minute")}
	}
	g.ends.total.WithLabelValues("wrong").Inc()
	if suppressed, ok := g.quiet.Allow(now); ok {
		g.log.WithFields(logrus.Fields{"from": from, "suppressed": suppressed}).Warn("an API token that does not count")
	}
	return &api.UnauthorizedError{Err: errors.New("the API token is not in the token file of this endpoint")}
}

// ReadOnly gives the error for whoever may only read.
func (g *Gate) ReadOnly(name string) error {
	g.ends.total.WithLabelValues("read-only").Inc()
	return &api.ForbiddenError{Err: errors.New("the API token of " + name + " may only read: want one whose role is admin")}
}

// Changed logs what somebody asked for that changes something.
func (g *Gate) Changed(name string, r *http.Request, status int) {
	g.log.WithFields(logrus.Fields{"token": name, "from": r.RemoteAddr, "method": r.Method, "path": r.URL.Path, "status": status}).Info("asked for with an API token")
}
