package daemon

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/explain"
)

// Explain tells what became of a machine's last messages.
func (s *service) Explain(ctx context.Context, q api.ExplainQuery) (api.Explanations, error) {
	e := explain.Explainer{
		Ring: s.server.History(), Surroundings: s.surroundings(),
		Hosts:  func() *host.Registry { return s.now().parts.Hosts },
		Holder: s.holder,
	}
	out, err := e.Explain(ctx, q)
	var unknown *explain.UnknownError
	if errors.As(err, &unknown) {
		return out, &api.NotFoundError{What: err.Error()}
	}
	if err != nil {
		return out, &api.BadRequestError{Err: err}
	}
	return out, nil
}

// surroundings is what is known beside the messages.
func (s *service) surroundings() explain.Surroundings {
	return explain.Surroundings{Interface: interfaceName, Advice: s.watch.Advice, LinkNames: s.watchedLinks}
}

func interfaceName(index uint32) string {
	i, err := net.InterfaceByIndex(int(index))
	if err != nil {
		return "" // it is gone
	}
	return i.Name
}

// watchedLinks names the links whose routers are watched.
func (s *service) watchedLinks() (names []string) {
	for _, l := range s.watch.Report().Links {
		names = append(names, l.Name)
	}
	return names
}

// holder says who has an address or prefix now, or nil.
func (s *service) holder(p netip.Prefix) *api.ExplainedHolder {
	h, ok := s.table.Holder(p)
	if !ok {
		return nil
	}
	return explain.Holding(h.Binding, p, time.Now())
}
