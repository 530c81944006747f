// Package quota is what clients that can be made up may have of a pool: not what is kept
// for known machines, and so much of one sender. It is for pool and prefix.
package quota

import (
	"net/netip"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// Pools are those of one use of a plugin.
type Pools interface {
	// Has says whether an address, as a /128, or a prefix is of a pool for the link.
	Has(l *link.Link, p netip.Prefix) bool
	// Filled says whether that much of each pool for the client's link is leased or
	// rests, beside what is proposed to the client.
	Filled(x *pipeline.Exchange, share float64) bool
}

// Kind names what a plugin's pools consist of.
type Kind struct {
	Things string // such as addresses
	Metric string // that counts what was refused
}

// Quota is that of one use of a plugin. It is safe for concurrent use.
type Quota struct {
	settings Settings
	kind     Kind
	name     string // of the use, as in grants
	pools    Pools
	hosts    *host.Registry
	senders  *senders
	refused  *prometheus.CounterVec // by reason
}

// New makes the quota of a use of a plugin, and has its metric counted.
func New(kind Kind, s Settings, pools Pools, env pipeline.Env) (*Quota, error) {
	q := &Quota{
		settings: s, kind: kind, name: env.Name, pools: pools, hosts: env.Hosts, senders: newSenders(),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: kind.Metric,
			Help: "Times that a client was given none of the " + kind.Things + ", though some are left, by reason.",
		}, []string{"reason"}),
	}
	for _, reason := range []string{event.Withheld, event.SenderLimit} {
		q.refused.WithLabelValues(reason)
	}
	return q, env.Metrics.Register(q.refused)
}

// Inherit goes on with what another quota knows of senders.
func (q *Quota) Inherit(from *Quota) { q.senders = from.senders }

// Refuses says whether a client is not given one more, and then says why.
func (q *Quota) Refuses(x *pipeline.Exchange, ia pipeline.IA) bool {
	switch {
	case q.had(x, ia.Binding()):
		return false
	case q.keeps(x):
		q.refuse(x, ia, event.Withheld, "what is left is kept for known machines")
	case q.isFull(x):
		q.refuse(x, ia, event.SenderLimit, "who sends this has as many "+q.kind.Things+" as per_sender allows")
	default:
		return false
	}
	return true
}

func (q *Quota) refuse(x *pipeline.Exchange, ia pipeline.IA, reason, text string) {
	ia.Withhold(reason)
	ia.Note(text)
	if !x.IsDryRun() {
		q.refused.WithLabelValues(reason).Inc()
	}
}

// most is how many leases one sender may have; 0: any number.
func (q *Quota) most() int {
	if q.settings.PerSender != byHosts {
		return q.settings.PerSender
	}
	if q.hosts.Len() > 0 {
		return defaultPerSender
	}
	return 0
}

// keeps says whether what is left is kept from an unknown machine.
func (q *Quota) keeps(x *pipeline.Exchange) bool {
	keep := float64(q.settings.Keep)
	return keep > 0 && x.Host() == nil && q.hosts.Len() > 0 && q.pools.Filled(x, 1-keep)
}

// isFull says whether the sender has as much as it may have, with what this message is
// given.
func (q *Quota) isFull(x *pipeline.Exchange) bool {
	most := q.most()
	return most > 0 && q.senders.count(x, q.senders.senderOf(x), most)+q.given(x) >= most
}

// Note remembers what the sender is leased, when all that is proposed to it is.
func (q *Quota) Note(x *pipeline.Exchange) {
	most := q.most()
	if most == 0 || x.IsDryRun() || !commits(x) {
		return
	}
	who := q.senders.senderOf(x)
	for _, ia := range x.IAs() {
		for i := range ia.NumGrants() {
			if g := ia.Grant(i); g.Pool == q.name {
				q.senders.add(who, most, held{g.Prefix.Addr().As16(), uint8(g.Prefix.Bits()), q.senders.client(x.ClientID(), ia.IA())})
			}
		}
	}
}

// commits says whether what is granted to the message is leased rather than offered.
func commits(x *pipeline.Exchange) bool {
	if x.Type() != dhcpv6.MessageTypeSolicit {
		return true
	}
	_, asked := x.ClientOption(dhcpv6.OptionRapidCommit)
	return asked && x.Link().RapidCommit
}

// given counts what the message is given that it had not.
func (q *Quota) given(x *pipeline.Exchange) (n int) {
	for _, ia := range x.IAs() {
		for i := range ia.NumGrants() {
			if ia.Grant(i).Pool == q.name && !q.had(x, ia.Binding()) {
				n++
			}
		}
	}
	return n
}

// had says whether the binding has something of ours, live or at rest, that it may have
// again.
func (q *Quota) had(x *pipeline.Exchange, b *lease.Binding) bool {
	return b != nil && slices.ContainsFunc(b.Leases, func(l lease.Lease) bool {
		return l.State != lease.Declined && l.Held(x.Now()) && q.pools.Has(x.Link(), l.Prefix)
	})
}
