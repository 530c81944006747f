package linkwatch

import (
	"net/netip"
	"slices"
	"time"

	"github.com/mdlayher/ndp"

	"github.com/stage6/stage6/internal/icmp6"
)

// What is kept, at most.
const (
	maxRouters  = 16 // of a link
	maxPrefixes = 32 // of a router
	maxDNS      = 8  // of a router
)

// Times that routers are known for.
const (
	// usualLifetime is for routers that are no default routers, and so do not say
	// how long they may be silent: three times the longest interval (RFC 4861
	// section 6.2.1).
	usualLifetime = 3 * 1800 * time.Second
	// forgetTime is how long one is known that has gone silent.
	forgetTime = time.Hour
)

// linkState is what is known of a link.
type linkState struct {
	Link
	since     time.Time // since when it is watched
	solicited int       // how many times routers were asked
	routers   []*router
	told      map[string]*told // problems by name
}

// newLinkState begins anew with a link. What was told of it is still to be mended.
func newLinkState(now time.Time, before *linkState) *linkState {
	s := &linkState{since: now, told: map[string]*told{}}
	if before != nil {
		s.told = before.told
	}
	return s
}

// router is one that has advertised itself.
type router struct {
	address    netip.Addr // unspecified: this server
	own        bool
	ra         ndp.RouterAdvertisement // without options
	prefixes   []*ndp.PrefixInformation
	dns        []netip.Addr
	mtu        uint32
	wasDefault bool // it once was a default router
	seen       time.Time
	count      uint64
}

// expires says when it has been silent for too long.
func (r *router) expires() time.Time {
	if r.ra.RouterLifetime > 0 {
		return r.seen.Add(r.ra.RouterLifetime)
	}
	return r.seen.Add(usualLifetime)
}

func (r *router) silent(now time.Time) bool { return now.After(r.expires()) }

// name is what people know it by.
func (r *router) name() string {
	if r.own {
		return "this server"
	}
	return r.address.String()
}

// advertised takes note of a router advertisement.
func (w *Watch) advertised(m icmp6.Message, own bool, now time.Time) {
	ra, ok := m.Body.(*ndp.RouterAdvertisement)
	s := w.links[m.Interface]
	if !ok || s == nil {
		return
	}
	w.counters.advertisements.WithLabelValues(s.Name).Inc()
	r := s.router(m.From, own, now)
	if r == nil {
		w.counters.ignored.WithLabelValues(s.Name, "too-many-routers").Inc()
		return
	}
	r.learn(ra, now)
}

// router gives the router of an address, made if there is room for it.
func (s *linkState) router(a netip.Addr, own bool, now time.Time) *router {
	for _, r := range s.routers {
		if r.address == a && r.own == own {
			return r
		}
	}
	if len(s.routers) >= maxRouters && !own {
		i := slices.IndexFunc(s.routers, func(r *router) bool { return !r.own && r.silent(now) })
		if i < 0 {
			return nil
		}
		s.routers = slices.Delete(s.routers, i, i+1)
	}
	r := &router{address: a, own: own}
	s.routers = append(s.routers, r)
	return r
}

// learn replaces what is known of a router. A prefix that it does not repeat is
// still valid for hosts, but who looks for what is wrong wants to see what it says
// now.
func (r *router) learn(ra *ndp.RouterAdvertisement, now time.Time) {
	r.seen = now
	r.count++
	r.wasDefault = r.wasDefault || ra.RouterLifetime > 0
	r.prefixes, r.dns, r.mtu = nil, nil, 0
	for _, o := range ra.Options {
		r.learnOption(o)
	}
	r.ra = *ra
	r.ra.Options = nil
}

func (r *router) learnOption(o ndp.Option) {
	switch o := o.(type) {
	case *ndp.PrefixInformation:
		if len(r.prefixes) < maxPrefixes && announced(o).IsValid() && !o.Prefix.IsLinkLocalUnicast() {
			r.prefixes = append(r.prefixes, o)
		}
	case *ndp.RecursiveDNSServer:
		r.dns = append(r.dns, o.Servers[:min(len(o.Servers), maxDNS-len(r.dns))]...)
	case *ndp.MTU:
		r.mtu = o.MTU
	}
}

// announced gives the prefix of an option.
func announced(o *ndp.PrefixInformation) netip.Prefix {
	return netip.PrefixFrom(o.Prefix, int(o.PrefixLength))
}

// forget lets go of routers that have been silent for long.
func (s *linkState) forget(now time.Time) {
	s.routers = slices.DeleteFunc(s.routers, func(r *router) bool { return now.After(r.expires().Add(forgetTime)) })
}

// live gives the routers that are not silent.
func (s *linkState) live(now time.Time) (out []*router) {
	for _, r := range s.routers {
		if !r.silent(now) {
			out = append(out, r)
		}
	}
	return out
}
