package ra

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/mdlayher/ndp"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/internal/managed"
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// idle is how long nothing is looked at where nothing is to be sent.
const idle = time.Hour

// handler sends advertisements; exchanges are nothing to it.
type handler struct {
	sections []*section
	flags    managed.Flags // that the configuration calls for
	log      *logrus.Entry
	metrics  *metrics
	socket   pipeline.RouterSocket
	changed  chan struct{} // a value when links have changed

	mu    sync.Mutex
	links map[string]*member // by interface
}

// member is a link on which this machine advertises itself.
type member struct {
	section  *section
	link     *link.Link
	past     map[netip.Prefix]int // prefixes that it had, with how often that is still to be said
	schedule schedule
	failing  bool // the last one could not be sent
}

// Needs says that advertisements are sent.
func (*handler) Needs() []pipeline.Need { return []pipeline.Need{pipeline.NeedAdvertisements} }

// Handle has nothing to do with exchanges.
func (*handler) Handle(context.Context, *pipeline.Exchange) (pipeline.Action, error) {
	return pipeline.Continue, nil
}

// Advertise takes what advertisements are sent by.
func (h *handler) Advertise(s pipeline.RouterSocket) { h.socket = s }

// FollowLinks takes note of the links. What is new, or has other prefixes, is sent
// advertisements at once.
func (h *handler) FollowLinks(links []*link.Link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	there := map[string]bool{}
	for _, l := range links {
		if s := h.sectionOf(l); s != nil && l.Interface != "" {
			there[l.Interface] = true
			h.follow(s, l, now)
		}
	}
	for name := range h.links {
		if !there[name] {
			delete(h.links, name)
		}
	}
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// sectionOf gives the settings for a link, or nil.
func (h *handler) sectionOf(l *link.Link) *section {
	for _, s := range h.sections {
		if s.covers(l) {
			return s
		}
	}
	return nil
}

func (h *handler) follow(s *section, l *link.Link, now time.Time) {
	m := h.links[l.Interface]
	if m == nil {
		m = &member{section: s, link: l, past: map[netip.Prefix]int{}, schedule: schedule{min: s.MinInterval, max: s.Interval}}
		h.links[l.Interface] = m
		m.schedule.begin(now)
		return
	}
	before, after := prefixes(s.on(m.link)), prefixes(s.on(l))
	m.link = l
	if slices.Equal(before, after) {
		return
	}
	for _, p := range before {
		if !slices.Contains(after, p) {
			m.past[p] = maxInitial
		}
	}
	for _, p := range after {
		delete(m.past, p)
	}
	m.schedule.begin(now)
}

func prefixes(of []prefix) (out []netip.Prefix) {
	for _, p := range of {
		out = append(out, p.Prefix)
	}
	return out
}

// Run sends advertisements until ctx ends, and then one that says so. Nothing is
// sent by a server that only plays exchanges.
func (h *handler) Run(ctx context.Context) error {
	if h.socket == nil {
		return nil
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			h.cease()
			return nil
		case <-h.changed:
		case name := <-h.socket.Solicited():
			h.solicited(name)
		case <-timer.C:
		}
		timer.Reset(h.sendDue())
	}
}

func (h *handler) solicited(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m := h.links[name]; m != nil {
		h.metrics.solicited.WithLabelValues(m.link.Name).Inc()
		m.schedule.solicited(time.Now())
	}
}

// sendDue sends what is due, and says how long nothing will be.
func (h *handler) sendDue() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, next := time.Now(), time.Now().Add(idle)
	for _, m := range h.links {
		if !m.schedule.next.After(now) {
			h.send(m, now)
		}
		if m.schedule.next.Before(next) {
			next = m.schedule.next
		}
	}
	return max(0, time.Until(next))
}

// send sends an advertisement. That it cannot is told once.
func (h *handler) send(m *member, now time.Time) {
	past := m.gone()
	err := h.write(m, m.section.advertisement(h.flags, m.link, past))
	if err != nil {
		h.metrics.failures.WithLabelValues(m.link.Name).Inc()
		m.schedule.failed(now)
		if !m.failing {
			m.failing = true
			h.log.WithField("link", m.link.Name).WithError(err).Warn("a router advertisement cannot be sent; it is tried again each second")
		}
		return
	}
	m.failing = false
	m.schedule.done(now)
	for _, p := range past {
		if m.past[p]--; m.past[p] <= 0 {
			delete(m.past, p)
		}
	}
}

// gone gives the prefixes that the link had.
func (m *member) gone() (out []netip.Prefix) {
	for p := range m.past {
		out = append(out, p)
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return out
}

func (h *handler) write(m *member, ra *ndp.RouterAdvertisement) error {
	data, err := ndp.MarshalMessage(ra)
	if err != nil {
		return err
	}
	if err := h.socket.Send(m.link.Interface, data); err != nil {
		return fmt.Errorf("%s: %w", m.link.Interface, err)
	}
	h.metrics.sent.WithLabelValues(m.link.Name).Inc()
	return nil
}

// cease tells every link that this machine is a default router no more. Nobody
// can be told that this fails: hosts forget it after a while.
func (h *handler) cease() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.links {
		if m.schedule.last.IsZero() {
			continue
		}
		if err := h.write(m, ceasing(m.section.advertisement(h.flags, m.link, nil))); err != nil {
			h.log.WithField("link", m.link.Name).WithError(err).Debug("the last router advertisement cannot be sent")
		}
	}
}

// Check names links and prefixes of the settings that are not there.
func (h *handler) Check(links pipeline.Links) (warnings []string) {
	for _, s := range h.sections {
		for _, name := range s.Links {
			if !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return l.Interface != "" && (l.Name == name || l.Interface == name) }) {
				warnings = append(warnings, fmt.Sprintf("link %q is no link of this machine: nothing is advertised there until it is", name))
			}
		}
		for _, p := range s.Prefixes {
			if !slices.ContainsFunc(links.Links(), func(l *link.Link) bool { return s.covers(l) && l.Contains(p.Prefix) }) {
				warnings = append(warnings, fmt.Sprintf("prefix %q is on none of the links and is not advertised: give this machine an address of it, or its link the prefix under server6.links", p.Prefix))
			}
		}
	}
	return warnings
}
