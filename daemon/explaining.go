package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/explain"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/internal/server"
)

// Explain tells what became of a machine's last messages.
func (s *service) Explain(ctx context.Context, q api.ExplainQuery) (api.Explanations, error) {
	out, err := s.explainer().Explain(ctx, q)
	var unknown *explain.UnknownError
	if errors.As(err, &unknown) {
		return out, &api.NotFoundError{What: err.Error()}
	}
	if err != nil {
		return out, &api.BadRequestError{Err: err}
	}
	return out, nil
}

func (s *service) explainer() *explain.Explainer {
	return &explain.Explainer{
		Ring: s.server.History(), Surroundings: s.surroundings(),
		Hosts:  func() *host.Registry { return s.now().parts.Hosts },
		Holder: s.holder,
	}
}

// Try tells what would become of messages, and changes nothing.
func (s *service) Try(ctx context.Context, t api.Try) (api.Explanations, error) {
	if !s.trying.TryLock() {
		return api.Explanations{}, &api.BusyError{What: "somebody else tries messages"}
	}
	defer s.trying.Unlock()
	tried, err := tryAll(ctx, s.server, s.clock.Now(), t)
	if err != nil {
		return api.Explanations{}, &api.BadRequestError{Err: err}
	}
	return s.explainer().Tried(tried), nil
}

// tryAll tries messages on a server, one after the other.
func tryAll(ctx context.Context, srv *server.Server, now time.Time, t api.Try) (out []*history.Record, err error) {
	try := srv.NewTry()
	defer try.End()
	for i := range t.Messages {
		m := &t.Messages[i]
		a, err := explain.Arrival(m, now, func(name string) (uint32, error) { return linkIndex(srv, name) })
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		out = append(out, try.Serve(ctx, m.Datagram, a))
	}
	return out, nil
}

// linkIndex gives the index of an interface that has a link, of the only one for an
// empty name.
func linkIndex(srv *server.Server, name string) (uint32, error) {
	var names []string
	for _, l := range srv.Links().Links() {
		if l.Interface != "" {
			names = append(names, l.Interface)
		}
	}
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	if name == "" {
		return 0, nil // behind a relay agent the interface does not matter
	}
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, fmt.Errorf("interface %q: there is none of this name (known: %s)", name, strings.Join(names, ", "))
	}
	return uint32(i.Index), nil
}

// surroundings is what is known beside the messages.
func (s *service) surroundings() explain.Surroundings {
	return explain.Surroundings{Interface: interfaceName, Advice: s.watch.Advice, LinkNames: s.watchedLinks, Hide: s.now().parts.Tokens.Hide}
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
	return explain.Holding(h.Binding, p, s.clock.Now())
}
