package identify

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/pipeline"
)

// pair is how often two sources have disagreed, the preferred one first.
type pair struct {
	count prometheus.Counter
	limit quiet.Limiter
}

// countPairs makes the counters of every two sources.
func (h *handler) countPairs(r prometheus.Registerer) error {
	count := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stage6_identify_disagreements_total",
		Help: "Messages of whose client two sources of identity did not say the same; the preferred one counted.",
	}, []string{"preferred", "other"})
	names := []string{listed, pinned}
	for i := range h.sources {
		names = append(names, h.sources[i].name)
	}
	if h.iaid {
		names = append(names, iaidSource)
	}
	h.pairs = map[[2]string]*pair{}
	for i, preferred := range names {
		for _, other := range names[i+1:] {
			h.pairs[[2]string{preferred, other}] = &pair{count: count.WithLabelValues(preferred, other)}
		}
	}
	return r.Register(count)
}

// compare finds the sources asked before with which e disagrees.
func (h *handler) compare(x *pipeline.Exchange, e *ident.Evidence) {
	before := x.Evidence()
	for i := range before {
		if !h.disagree(&before[i], e) {
			continue
		}
		name := ""
		if m, ok := h.hosts.ByEvidence(&before[i]); ok {
			name = m.Host.Name
		}
		h.publish(x, before[i].Source, name, before[i].String, e)
		if suppressed, ok := h.count(x, before[i].Source, e.Source); ok {
			h.tell(x, &before[i], e.Source, e.String(), suppressed)
		}
	}
}

// listed stands for a host that lists the client's DUID, which goes before the
// sources.
const listed = "hosts"

// pinned is where the server says that the client's DUID was pinned to a host,
// before the sources are asked.
const pinned = "pinned"

// compareListed finds the sources that name another host than the one that
// lists the client's DUID.
func (h *handler) compareListed(x *pipeline.Exchange) {
	m, ok := h.hosts.ByDUID(x.ClientID())
	if !ok {
		return
	}
	said := x.Evidence()
	for i := range said {
		n, known := h.hosts.ByEvidence(&said[i])
		if !known || n.Host.Name == m.Host.Name {
			continue
		}
		h.publish(x, listed, m.Host.Name, func() string { return "duid " + x.DUID().String() }, &said[i])
		if suppressed, ok := h.count(x, listed, said[i].Source); ok {
			is := ident.Evidence{Source: listed, Kind: ident.EvidenceDUID, Value: string(x.ClientID())}
			h.tell(x, &is, said[i].Source, said[i].String(), suppressed)
		}
	}
}

// disagree says whether two statements cannot both be right: they name two
// hosts, or, where not both name a host, two MACs.
func (h *handler) disagree(a, b *ident.Evidence) bool {
	macs := a.Kind == ident.EvidenceMAC && b.Kind == ident.EvidenceMAC
	if macs && a.MAC == b.MAC {
		return false
	}
	m, known := h.hosts.ByEvidence(a)
	n, also := h.hosts.ByEvidence(b)
	if known && also {
		return m.Host.Name != n.Host.Name
	}
	return macs
}

// count counts that two sources disagree, and says whether to log it and how
// many times that was left out.
func (h *handler) count(x *pipeline.Exchange, preferred, other string) (suppressed int, ok bool) {
	if x.IsDryRun() {
		return 0, false
	}
	p := h.pairs[[2]string{preferred, other}]
	p.count.Inc()
	return p.limit.Allow(x.Now())
}

// publish tells what the preferred source says of the client, by which it is
// a host if any, and what the other one does.
func (h *handler) publish(x *pipeline.Exchange, preferred, host string, says func() string, other *ident.Evidence) {
	e := event.Event{Kind: event.Disagreement, Source: preferred, Host: host, Reason: other.Source}
	if m, ok := h.hosts.ByEvidence(other); ok {
		e.Other = m.Host.Name
	}
	h.events.PublishText(x, e, func() string { return says() + ", but " + other.Source + " says " + other.String() })
}

// tell logs what the preferred source says, and what the other one does.
func (h *handler) tell(x *pipeline.Exchange, preferred *ident.Evidence, other, says string, suppressed int) {
	h.log.WithFields(logrus.Fields{
		"preferred": preferred.Source, "preferred_says": preferred.String(), "other": other, "other_says": says,
		"duid": x.DUID(), "peer": x.Peer().Addr(), "suppressed": suppressed,
	}).Warn("sources of identity disagree on a client: the preferred one counts")
}
