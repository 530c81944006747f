package listen

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// leastMTU is the least that IPv6 works with (RFC 8200 section 5); on an interface
// with less the kernel has no IPv6, and memberships of groups are gone.
const leastMTU = 1280

// endpoint is what a socket, or several that share it, is bound to.
type endpoint struct {
	addr  netip.Addr
	port  uint16
	index int    // the interface's, zero for any
	name  string // the interface's, empty for any
}

func (e endpoint) String() string {
	return net.JoinHostPort(e.addr.WithZone(e.name).String(), strconv.Itoa(int(e.port)))
}

// fields are for the log.
func (e endpoint) fields() map[string]any {
	f := map[string]any{"address": e.String()}
	if e.index != 0 {
		f["interface"] = e.name
		f["index"] = e.index
	}
	return f
}

// wanted lists what should be open now, and warns of interfaces that are not there.
func (s *Set) wanted() ([]endpoint, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	for _, a := range s.addresses {
		s.note(a, len(endpoints(a, interfaces)) > 0)
	}
	return allEndpoints(s.addresses, interfaces), nil
}

// allEndpoints gives the places where addresses are now, each once.
func allEndpoints(addresses []Address, interfaces []net.Interface) (out []endpoint) {
	for _, a := range addresses {
		for _, e := range endpoints(a, interfaces) {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// note warns once when the interface of an address is not there.
func (s *Set) note(a Address, present bool) {
	if a.Zone == "" {
		return
	}
	if !present && !s.absent[a.Zone] {
		s.options.Log.WithField("interface", a.Zone).Warn("the interface is not there or is down, waiting for it")
	}
	s.absent[a.Zone] = !present
}

// endpoints gives the places where one address is now.
func endpoints(a Address, interfaces []net.Interface) (out []endpoint) {
	if !a.Addr.IsMulticast() && a.Zone == "" {
		return []endpoint{{addr: a.Addr, port: a.Port}}
	}
	for i := range interfaces {
		if carries(&interfaces[i], a.Zone) {
			out = append(out, endpoint{a.Addr, a.Port, interfaces[i].Index, interfaces[i].Name})
		}
	}
	return out
}

// carries says whether an interface is one of the zone's and has IPv6 now. A
// loopback, or one without multicast, must be asked for by name.
func carries(i *net.Interface, zone string) bool {
	if i.Flags&net.FlagUp == 0 || i.MTU < leastMTU {
		return false
	}
	if zone != "" {
		return i.Name == zone
	}
	return i.Flags&net.FlagMulticast != 0 && i.Flags&net.FlagLoopback == 0
}
