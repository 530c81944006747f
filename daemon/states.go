package daemon

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/assembly"
)

// Hosts gives a page of the hosts that a query selects.
func (s *service) Hosts(q api.HostQuery) (api.HostPage, error) {
	want, err := newHostFilter(q, s.linkTable().Links())
	if err != nil {
		return api.HostPage{}, err
	}
	return hostPage(s.now().parts.Hosts, s.states.Kept, want, q.After, q.Limit), nil
}

// hostPage collects hosts that come after a name until there are limit or no
// more.
func hostPage(hosts *host.Registry, kept func(name string) (assembly.Kept, bool), want hostFilter, after string, limit int) api.HostPage {
	p := api.HostPage{Hosts: []api.Host{}}
	hosts.After(after, func(k host.Known) bool {
		if !want.matches(&k) {
			return true
		}
		if len(p.Hosts) == limit {
			p.Next = p.Hosts[limit-1].Name
			return false
		}
		about, _ := kept(k.Host.Name)
		p.Hosts = append(p.Hosts, describeHost(k, about))
		return true
	})
	return p
}

// Host gives the host of a name.
func (s *service) Host(name string) (api.Host, error) {
	k, ok := s.now().parts.Hosts.Lookup(name)
	if !ok {
		return api.Host{}, &api.NotFoundError{What: fmt.Sprintf("host %q", name)}
	}
	about, _ := s.states.Kept(name)
	return describeHost(k, about), nil
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

// describeHost gives a host as the API shows it. about is what is kept of one that
// was made over the API.
func describeHost(k host.Known, about assembly.Kept) api.Host {
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
	if k.Aside != nil {
		why := *k.Aside
		why.Source = ""
		out.Aside = why.Error()
	}
	if k.Host.Source == assembly.OwnSource {
		out.Version, out.Options = about.Version, about.Options
	} else {
		out.Options = describeOptions(k.Host.Options)
	}
	return out
}

// describeOptions gives encoded options as configurations can have them.
func describeOptions(options []host.Option) json.RawMessage {
	type option struct {
		Code  uint16 `json:"code"`
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	var all []option
	for _, o := range options {
		all = append(all, option{o.Code, "hex", hex.EncodeToString(o.Data)})
	}
	if all == nil {
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil // texts and numbers can be written
	}
	return text
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
