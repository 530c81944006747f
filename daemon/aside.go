package daemon

import (
	"context"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
)

// mostAside is how many hosts that were set aside at once are logged one by one.
const mostAside = 10

// watchAside tells which hosts of the API do not count, since files have what they
// claim, and which count again, until ctx ends.
func (s *service) watchAside(ctx context.Context) error {
	told := map[string]bool{}
	for {
		g := s.now()
		changed := g.parts.Hosts.Changed()
		told = s.tellAside(g.parts.Hosts, told)
		select {
		case <-changed:
		case <-g.replaced:
		case <-ctx.Done():
			return nil
		}
	}
}

// tellAside tells how the hosts that are set aside differ from those that were,
// and gives those that are.
func (s *service) tellAside(hosts *host.Registry, was map[string]bool) map[string]bool {
	is, fresh := map[string]bool{}, 0
	for _, why := range hosts.Aside() {
		is[why.Host] = true
		if was[why.Host] {
			continue
		}
		short := *why
		short.Source = ""
		s.events.Publish(event.Event{Kind: event.HostChanged, Host: why.Host, Reason: event.SetAside, Text: short.Error()})
		if fresh++; fresh <= mostAside {
			s.log.WithFields(logrus.Fields{"host": why.Host, "reason": short.Error()}).Warn("a host of the API does not count any more, since a file has what it claims")
		}
	}
	if fresh > mostAside {
		s.log.WithField("hosts", fresh).Warn("so it is with more hosts of the API: see stage6 hosts --source aside")
	}
	for name := range was {
		if !is[name] && hosts.Own(name) != nil {
			s.events.Publish(event.Event{Kind: event.HostChanged, Host: name, Reason: event.CountsAgain})
			s.log.WithField("host", name).Info("a host of the API counts again")
		}
	}
	return is
}
