package daemon

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// Hosts gives a page of the hosts that a query selects.
func (s *service) Hosts(q api.HostQuery) (api.HostPage, error) {
	want, err := newHostFilter(q)
	if err != nil {
		return api.HostPage{}, err
	}
	return hostPage(s.now().parts.Hosts, want, q.After, q.Limit), nil
}

// hostPage collects hosts that come after a name until there are limit or no
// more.
func hostPage(hosts *host.Registry, want hostFilter, after string, limit int) api.HostPage {
	p := api.HostPage{Hosts: []api.Host{}}
	hosts.After(after, func(k host.Known) bool {
		if !want.matches(k.Host) {
			return true
		}
		if len(p.Hosts) == limit {
			p.Next = p.Hosts[limit-1].Name
			return false
		}
		p.Hosts = append(p.Hosts, describeHost(k))
		return true
	})
	return p
}

// hostFilter is a query for hosts, understood.
type hostFilter struct {
	name  string      // a pattern; empty: any
	state *host.State // nil: any
	mac   ident.MAC   // zero: any
}

func newHostFilter(q api.HostQuery) (f hostFilter, err error) {
	f.name = q.Name
	if _, err := path.Match(q.Name, ""); err != nil {
		return f, &api.BadRequestError{Err: fmt.Errorf("name %q: want a name or a pattern such as web*", q.Name)}
	}
	if q.State != "" {
		state, err := api.ParseState(q.State)
		if err != nil {
			return f, err
		}
		f.state = &state
	}
	if q.MAC != "" {
		if f.mac, err = ident.ParseMAC(q.MAC); err != nil {
			return f, &api.BadRequestError{Err: err}
		}
	}
	return f, nil
}

func (f *hostFilter) matches(h *host.Host) bool {
	if f.name != "" {
		if ok, _ := path.Match(f.name, h.Name); !ok { // the pattern was checked
			return false
		}
	}
	return (f.state == nil || *f.state == h.State) && (f.mac.IsZero() || hasMAC(h, f.mac))
}

func hasMAC(h *host.Host, m ident.MAC) bool {
	return slices.ContainsFunc(h.Interfaces, func(f host.Interface) bool { return slices.Contains(f.MACs, m) })
}

// Host gives the host of a name.
func (s *service) Host(name string) (api.Host, error) {
	k, ok := s.now().parts.Hosts.Lookup(name)
	if !ok {
		return api.Host{}, &api.NotFoundError{What: fmt.Sprintf("host %q", name)}
	}
	return describeHost(k), nil
}

// SetState sets the state of a host, durably.
func (s *service) SetState(ctx context.Context, name string, state host.State) (api.Host, error) {
	return s.changeState(name, "state set", func() error { return s.states.Set(ctx, name, state) })
}

// SetInstalled sets the state of a host to installed and pins the DUID of its
// installed system, if there is one, durably.
func (s *service) SetInstalled(ctx context.Context, name string, duid ident.DUID) (api.Host, error) {
	return s.changeState(name, "state set", func() error { return conflict(s.states.SetInstalled(ctx, name, duid)) })
}

// Pin pins the DUID of a host's installed system, durably.
func (s *service) Pin(ctx context.Context, name string, duid ident.DUID) (api.Host, error) {
	return s.changeState(name, "DUID pinned", func() error { return conflict(s.states.Pin(ctx, name, duid)) })
}

// Unpin forgets the DUID that was pinned to a host, durably.
func (s *service) Unpin(ctx context.Context, name string) (api.Host, error) {
	return s.changeState(name, "DUID unpinned", func() error { return s.states.Unpin(ctx, name) })
}

// conflict marks the error that a DUID is another host's.
func conflict(err error) error {
	var e *host.PinError
	if errors.As(err, &e) {
		return &api.ConflictError{Err: err}
	}
	return err
}

// ResetState gives a host the state back that its source says, durably.
func (s *service) ResetState(ctx context.Context, name string) (api.Host, error) {
	return s.changeState(name, "state reset", func() error { return s.states.Reset(ctx, name) })
}

// changeState does something to the state of a known host, or to what is pinned
// to it, which goes into the log, and gives the host.
func (s *service) changeState(name, what string, change func() error) (api.Host, error) {
	before, err := s.Host(name)
	if err != nil {
		return before, err
	}
	if err := change(); err != nil {
		return before, err
	}
	after, err := s.Host(name)
	if err != nil {
		return after, err
	}
	fields := logrus.Fields{"host": name, "state": after.State, "before": before.State}
	if after.Pinned != "" {
		fields["pinned"] = after.Pinned
	}
	s.log.WithFields(fields).Info(what)
	return after, nil
}

// describeHost gives a host as the API shows it.
func describeHost(k host.Known) api.Host {
	out := api.Host{
		Name: k.Host.Name, State: k.Host.State, StateSet: k.Set, StateInSource: k.InSource, Pinned: k.Pinned,
		Hostname: k.Host.Hostname, Tags: k.Host.Tags, Interfaces: []api.HostInterface{}, Source: k.Host.Source,
	}
	for _, u := range k.Host.UUIDs {
		out.UUIDs = append(out.UUIDs, u.String())
	}
	for i := range k.Host.Interfaces {
		out.Interfaces = append(out.Interfaces, describeInterface(&k.Host.Interfaces[i]))
	}
	return out
}

func describeInterface(f *host.Interface) api.HostInterface {
	out := api.HostInterface{Name: f.Name, MACs: f.MACs, Prefixes: f.Prefixes}
	for _, c := range f.Clients {
		out.Clients = append(out.Clients, api.HostClient{DUID: c.DUID, IAID: c.IAID})
	}
	for _, p := range f.Ports {
		out.Ports = append(out.Ports, p.String())
	}
	for _, a := range f.Addresses {
		out.Addresses = append(out.Addresses, describeAddress(a))
	}
	return out
}

// describeAddress writes an address or a block as configurations do.
func describeAddress(a host.Address) string {
	if a.Prefix.IsSingleIP() {
		return a.Prefix.Addr().String()
	}
	return a.Prefix.String()
}
