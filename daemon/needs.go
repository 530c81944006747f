package daemon

import (
	"fmt"
	"slices"

	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/frame"
	"github.com/stage6/stage6/internal/front"
	"github.com/stage6/stage6/internal/neighbor"
	"github.com/stage6/stage6/internal/privilege"
	"github.com/stage6/stage6/pipeline"
)

// firstFreePort is the first port that needs no capability.
const firstFreePort = 1024

// needs gives the capabilities that a configuration with its plugins needs.
func needs(file config.File, parts *assembly.Assembly) []privilege.Capability {
	out := needsToListen(file)
	_, frames := parts.Needs(pipeline.NeedFrames)
	if _, advertises := parts.Needs(pipeline.NeedAdvertisements); frames || advertises {
		out = append(out, privilege.NetRaw)
	}
	if _, routes := parts.Needs(pipeline.NeedRoutes); routes {
		out = append(out, privilege.NetAdmin)
	}
	return out
}

// keptToStart gives the capabilities of a server that makes its plugins: they
// have yet to say whether they need CAP_NET_RAW and CAP_NET_ADMIN.
func keptToStart(file config.File) []privilege.Capability {
	return append(needsToListen(file), privilege.NetRaw, privilege.NetAdmin)
}

// needsToListen gives the capabilities that the sockets need.
func needsToListen(file config.File) []privilege.Capability {
	for _, l := range file.Server6.Listen {
		if l.Port < firstFreePort {
			return []privilege.Capability{privilege.NetBindService}
		}
	}
	for _, e := range file.API {
		if a, ok := e.TCP(); ok && a.Port() < firstFreePort {
			return []privilege.Capability{privilege.NetBindService}
		}
	}
	return nil
}

// openTap opens the tap if a plugin needs frames. Nothing after it needs
// CAP_NET_RAW.
func (s *service) openTap(g *generation) (err error) {
	if who, needed := g.parts.Needs(pipeline.NeedFrames); needed {
		if s.tap, err = frame.Open(ports(g.file.Server6.Listen)...); err != nil {
			return fmt.Errorf("%s: %w; or name other sources than frame", who, err)
		}
	}
	return privilege.GiveUp(privilege.NetRaw)
}

// openNeighbors opens the table of neighbours if a plugin needs them.
func (s *service) openNeighbors(g *generation) (err error) {
	if who, needed := g.parts.Needs(pipeline.NeedNeighbors); needed {
		if s.neighbors, err = neighbor.Open(s.log.WithField("room", "neighbor")); err != nil {
			return fmt.Errorf("%s: %w", who, err)
		}
	}
	return nil
}

// keepRoutes keeps CAP_NET_ADMIN if a plugin changes routes, and gives it up
// otherwise.
func (s *service) keepRoutes(g *generation) error {
	who, needed := g.parts.Needs(pipeline.NeedRoutes)
	if !needed {
		return privilege.GiveUp(privilege.NetAdmin)
	}
	if len(privilege.Missing(privilege.NetAdmin)) > 0 {
		return fmt.Errorf("%s: routes need CAP_NET_ADMIN: start the server as root, or give it that capability", who)
	}
	return nil
}

// ports gives the ports to listen on.
func ports(listens config.Listens) (out []uint16) {
	for _, l := range listens {
		out = append(out, l.Port)
	}
	return out
}

// frames gives the tap, or nothing where nobody needs it.
func (s *service) frames() front.Frames {
	if s.tap == nil {
		return nil
	}
	return s.tap
}

// suits says why a generation cannot take the place of another one: it needs what
// the server gave up, or did not open, when it started.
func (s *service) suits(was, g *generation) error {
	for _, n := range []struct {
		need pipeline.Need
		has  bool
		what string
	}{
		{pipeline.NeedFrames, s.tap != nil, "frames"},
		{pipeline.NeedNeighbors, s.neighbors != nil, "the table of neighbours"},
		{pipeline.NeedAdvertisements, s.routers != nil, "a socket for router advertisements"},
		{pipeline.NeedRoutes, len(privilege.Missing(privilege.NetAdmin)) == 0, "CAP_NET_ADMIN"},
	} {
		if who, needed := g.parts.Needs(n.need); needed && !n.has {
			return &usageError{fmt.Errorf("%s needs %s, which the server did without when it started: restart it to have this, or take the change back", who, n.what)}
		}
	}
	if s.tap != nil && !slices.Equal(ports(was.file.Server6.Listen), ports(g.file.Server6.Listen)) {
		return g.file.Node.At("server6", "listen").Err("other ports, of which frames are needed: restart the server to have this, or take the change back")
	}
	return suitsWatch(&was.file, &g.file)
}

// suitsWatch says why the links cannot be watched as another configuration says: the
// sockets for that are opened at the start.
func suitsWatch(was, is *config.File) error {
	before, after := was.Server6.LinkWatch, is.Server6.LinkWatch
	at := is.Node.At("server6", "linkwatch")
	switch {
	case before.Off != after.Off:
		return at.Err("linkwatch cannot be turned on or off while the server runs: restart it to have this, or take the change back; for single links there is linkwatch under links")
	case before.Probe != after.Probe:
		return at.Err("probe cannot change while the server runs: restart it to have this, or take the change back")
	}
	return nil
}

// advertise gives the plugins of a generation that need it what router
// advertisements are sent by.
func (s *service) advertise(g *generation) {
	if s.routers != nil {
		g.parts.Advertise(s.routers.next)
	}
}
