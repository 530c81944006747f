package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	httpapi "github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/hosttext"
	"github.com/stage6/stage6/internal/reserve"
	"github.com/stage6/stage6/link"
)

// mostTries is how often a patch without a version begins anew, since the host
// that it changes has changed.
const mostTries = 16

// WriteHost makes or changes a host, durably.
func (s *service) WriteHost(ctx context.Context, w httpapi.HostWrite) (h api.Host, err error) {
	if !s.now().parts.Uses("hosts") {
		return h, &api.ConflictError{Err: errors.New("nobody would serve the host: add hosts: {} to server6.plugins, before those with pools")}
	}
	for range mostTries {
		var again bool
		if h, again, err = s.writeHost(ctx, w); !again {
			return h, err
		}
	}
	return h, err
}

// writeHost does so once. again says that the host has changed meanwhile.
func (s *service) writeHost(ctx context.Context, w httpapi.HostWrite) (h api.Host, again bool, err error) {
	text, match := w.Text, w.Match
	if w.Patch {
		version, merged, err := s.patched(w.Name, w.Text)
		if err != nil {
			return h, false, err
		}
		if text = merged; match.Versions == nil {
			match.Versions, again = []uint64{version}, true
		}
	}
	d, err := hosttext.ParseDocument("body", text)
	if err != nil {
		return h, false, &api.BadRequestError{Err: err}
	}
	if d.Version != nil {
		match.Versions, again = []uint64{*d.Version}, false
	}
	name, err := nameOf(w.Name, d.Name)
	if err != nil {
		return h, false, err
	}
	h, err = s.write(ctx, name, d, writeRules{match, w.Patch, w.Name == ""})
	return h, again && isStale(err), err
}

func isStale(err error) bool {
	var stale *api.PreconditionError
	return errors.As(err, &stale)
}

// nameOf gives the name of a host that is written, which the path or the body
// has.
func nameOf(path, body string) (string, error) {
	switch {
	case path == "" && body == "":
		return "", badRequest(`body: no name, want {"name": "web01", ...}`)
	case path != "" && body != "" && path != body:
		return "", badRequest("body: name %q is not that of the path, %q: a host keeps its name, make another one", body, path)
	case body != "":
		return body, nil
	}
	if err := hosttext.CheckName(path); err != nil {
		return "", &api.BadRequestError{Err: err}
	}
	return path, nil
}

// writeRules say what must be there for a change.
type writeRules struct {
	match  httpapi.Match
	patch  bool
	create bool // a host that is there is in the way
}

// write makes or changes a host as a document says.
func (s *service) write(ctx context.Context, name string, d *hosttext.Document, rules writeRules) (api.Host, error) {
	h := d.Host(name, assembly.OwnSource)
	w := assembly.Writing{Host: h, Options: d.Options, Reserve: s.reserve}
	w.If = func(was assembly.Kept, there bool) error {
		if err := s.mayWrite(name, was, there, rules); err != nil {
			return err
		}
		w.State = s.saysState(name, d, h)
		return nil
	}
	k, err := s.states.Write(ctx, &w)
	if err != nil {
		return api.Host{}, refused(err)
	}
	known, _ := s.now().parts.Hosts.Lookup(name)
	out := describeHost(known, k)
	out.Warnings = s.warnOf(h)
	s.log.WithFields(logrus.Fields{"host": name, "version": k.Version, "state": out.State}).Info("host written over the API")
	return out, nil
}

// saysState says whether a document changes the state of a host. Where it does
// not, the host keeps the one of its own that it has.
func (s *service) saysState(name string, d *hosttext.Document, h *host.Host) bool {
	own := s.now().parts.Hosts.Own(name)
	if own == nil {
		return d.State != nil
	}
	known, _ := s.now().parts.Hosts.Lookup(name)
	if d.State != nil && *d.State != known.Host.State {
		return true
	}
	h.State = own.State
	return false
}

// mayWrite says why a change is not made, or nil.
func (s *service) mayWrite(name string, was assembly.Kept, there bool, rules writeRules) error {
	known, exists := s.now().parts.Hosts.Lookup(name)
	switch {
	case !there && exists:
		return &api.ConflictError{Err: fmt.Errorf("host %q is that of %s: change it there", name, known.Host.Source)}
	case there && rules.create:
		return &api.ConflictError{Err: fmt.Errorf("host %q is there already, with version %d: change it instead", name, was.Version)}
	case !there && rules.patch:
		return &api.NotFoundError{What: fmt.Sprintf("host %q", name)}
	}
	return stale(name, known, was, rules.match)
}

// stale says that a host is not as whoever changes it believes, or nil.
func stale(name string, known host.Known, was assembly.Kept, match httpapi.Match) error {
	if match.Allows(was.Version) {
		return nil
	}
	if was.Version == 0 {
		return &api.PreconditionError{Err: fmt.Errorf("host %q is not there any more, or was not yet", name)}
	}
	current := describeHost(known, was)
	text := fmt.Sprintf("host %q has version %d by now: look at it and change it again", name, was.Version)
	if match.NotThere {
		text = fmt.Sprintf("host %q is there, with version %d", name, was.Version)
	}
	return &api.PreconditionError{Err: errors.New(text), Current: &current}
}

// refused marks an error of writing a host as what it is for whoever asks.
func refused(err error) error {
	var claim *host.ClaimError
	if errors.As(err, &claim) {
		short := *claim
		short.Source = ""
		return &api.ConflictError{Err: &short}
	}
	var stale *api.PreconditionError
	var conflict *api.ConflictError
	var missing *api.NotFoundError
	if errors.As(err, &stale) || errors.As(err, &conflict) || errors.As(err, &missing) {
		return err
	}
	return &api.BusyError{What: fmt.Sprintf("nothing was changed, since it cannot be kept: %v", err)}
}

// DeleteHost deletes a host that was made over the API, durably.
func (s *service) DeleteHost(ctx context.Context, name string, m httpapi.Match, force bool) (api.Host, error) {
	var gone api.Host
	err := s.states.Remove(ctx, name, &assembly.Writing{Reserve: s.reserve, If: func(was assembly.Kept, there bool) error {
		known, exists := s.now().parts.Hosts.Lookup(name)
		switch {
		case !there && exists:
			return &api.ConflictError{Err: fmt.Errorf("host %q is that of %s: delete it there", name, known.Host.Source)}
		case !there:
			return &api.NotFoundError{What: fmt.Sprintf("host %q", name)}
		}
		gone = describeHost(known, was)
		if err := stale(name, known, was, m); err != nil {
			return err
		}
		if held := s.heldBy(name); len(held) > 0 && !force && known.Aside == nil {
			return &api.ConflictError{Err: fmt.Errorf("host %q has %d leases (%s): release them, or delete it with force", name, len(held), some(held))}
		}
		return nil
	}})
	if err != nil {
		return api.Host{}, refused(err)
	}
	s.log.WithField("host", name).Info("host deleted over the API")
	return gone, nil
}

// heldBy lists what clients of a host have leased.
func (s *service) heldBy(name string) (held []string) {
	now := s.clock.Now()
	for _, b := range s.table.ByHost(nil, name) {
		for i := range b.Leases {
			if b.Leases[i].Live(now) {
				held = append(held, short(b.Leases[i].Prefix))
			}
		}
	}
	return held
}

// some joins the first of a list.
func some(all []string) string {
	if len(all) > 3 {
		return strings.Join(all[:3], ", ") + ", ..."
	}
	return strings.Join(all, ", ")
}

// short writes an address, which is a /128, without its length.
func short(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// reserve has what comes be for one host, and what is gone for anybody.
func (s *service) reserve(come, gone *host.Host) {
	links := s.linkTable()
	s.table.Reserve(assembly.ReservedFor(come, links), assembly.ReservedFor(gone, links))
}

// warnOf tells what of a host will not work now.
func (s *service) warnOf(h *host.Host) (out []string) {
	links, now := s.linkTable(), s.clock.Now()
	for i := range h.Interfaces {
		for _, a := range h.Interfaces[i].Addresses {
			if !a.HostPart && !onLink(a.Prefix, links.Links()) {
				out = append(out, fmt.Sprintf("%s is on no link, so that the host does not get it%s", short(a.Prefix), among(links.Links(), notLinkLocal)))
			}
		}
	}
	for _, p := range assembly.ReservedFor(h, links) {
		holder, ok := s.table.Holder(p)
		if ok && holder.Lease != nil && holder.Lease.Live(now) && !reserve.IsOf(h, holder.Binding) {
			out = append(out, fmt.Sprintf("%s is leased to the DUID %s, ending %s: the host gets it when it is free", short(p), holder.Binding.DUID, until(holder.Lease.Until, now)))
		}
	}
	return out
}

// linkTable gives the links, of which there are none before there is a server.
func (s *service) linkTable() *link.Table {
	if s.server == nil {
		return link.NewTable(nil, nil)
	}
	return s.server.Links()
}

func notLinkLocal(p netip.Prefix) bool { return !p.Addr().IsLinkLocalUnicast() }

func onLink(p netip.Prefix, links []*link.Link) bool {
	for _, l := range links {
		if l.Contains(p) {
			return true
		}
	}
	return false
}

// patched gives the version of a host and its document with a patch in it.
func (s *service) patched(name string, patch []byte) (version uint64, text []byte, err error) {
	k, there := s.states.Kept(name)
	known, exists := s.now().parts.Hosts.Lookup(name)
	if own := s.now().parts.Hosts.Own(name); there && own != nil {
		known.Host, exists = own, true
	}
	if !there {
		if exists {
			return 0, nil, &api.ConflictError{Err: fmt.Errorf("host %q is that of %s: change it there", name, known.Host.Source)}
		}
		return 0, nil, &api.NotFoundError{What: fmt.Sprintf("host %q", name)}
	}
	is := describeHost(known, k)
	spec, err := json.Marshal(api.HostSpec{
		Hostname: is.Hostname, Tags: is.Tags, UUIDs: is.UUIDs, Interfaces: is.Interfaces, Options: k.Options,
	})
	if err != nil {
		return 0, nil, err
	}
	if text, err = hosttext.Merge("body", spec, patch); err != nil {
		return 0, nil, &api.BadRequestError{Err: err}
	}
	return k.Version, text, nil
}
