package host

import (
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/ident"
)

// claimKind is what sort of thing a host claims for itself.
type claimKind uint8

const (
	nameClaim claimKind = iota
	macClaim
	duidClaim
	clientClaim
	portClaim
	uuidClaim
	addressClaim
	partClaim // an address without its prefix
	prefixClaim
)

var claimNames = [...]string{"name", "MAC", "DUID", "DUID and IAID", "port", "UUID", "address", "address", "prefix"}

func (k claimKind) String() string { return claimNames[k] }

// reserves says whether it is an address or prefix.
func (k claimKind) reserves() bool { return k >= addressClaim }

// claim is one thing that belongs to one host only. Which fields count depends on
// the kind.
type claim struct {
	kind   claimKind
	face   *Interface
	name   string
	mac    ident.MAC
	duid   ident.DUID
	iaid   *uint32
	port   ident.Port
	uuid   ident.UUID
	prefix netip.Prefix
}

// claimKey tells claims apart.
type claimKey struct {
	kind claimKind
	key  string
}

func (c *claim) id() claimKey {
	if c.kind == prefixClaim {
		return claimKey{addressClaim, c.key()} // both reserve
	}
	return claimKey{c.kind, c.key()}
}

// key gives what is claimed, as people write it.
func (c *claim) key() string {
	switch c.kind {
	case nameClaim:
		return c.name
	case macClaim:
		return c.mac.String()
	case duidClaim:
		return c.duid.String()
	case clientClaim:
		return fmt.Sprintf("%s/%d", c.duid, *c.iaid)
	case portClaim:
		return c.port.String()
	case uuidClaim:
		return c.uuid.String()
	}
	return c.prefix.String()
}

// eachClaim calls f with everything that a host claims, the name first, until
// there is an error. UUIDs stand with the first interface, since they do not say
// which one a client is on.
func eachClaim(h *Host, f func(claim) error) error {
	if err := f(claim{kind: nameClaim, name: h.Name}); err != nil {
		return err
	}
	for i := range h.Interfaces {
		if err := eachOfInterface(&h.Interfaces[i], f); err != nil {
			return err
		}
	}
	c := claim{kind: uuidClaim}
	if len(h.Interfaces) > 0 {
		c.face = &h.Interfaces[0]
	}
	for _, c.uuid = range h.UUIDs {
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

func eachOfInterface(face *Interface, f func(claim) error) (err error) {
	call := func(c claim) {
		if err == nil {
			c.face = face
			err = f(c)
		}
	}
	for _, m := range face.MACs {
		call(claim{kind: macClaim, mac: m})
	}
	for i := range face.Clients {
		c := claim{kind: duidClaim, duid: face.Clients[i].DUID}
		if c.iaid = face.Clients[i].IAID; c.iaid != nil {
			c.kind = clientClaim
		}
		call(c)
	}
	for _, p := range face.Ports {
		call(claim{kind: portClaim, port: p})
	}
	for _, a := range face.Addresses {
		c := claim{kind: addressClaim, prefix: a.Prefix.Masked()}
		if a.HostPart {
			c.kind = partClaim
		}
		call(c)
	}
	for _, p := range face.Prefixes {
		call(claim{kind: prefixClaim, prefix: p.Masked()})
	}
	return err
}

// ClaimError says that what a host claims is another one's, or lies inside of
// what is another one's, or has that inside.
type ClaimError struct {
	Host        string // that claims it
	Source      string // of that, or nothing
	What        string // such as: MAC 52:54:00:aa:bb:01
	Outer       string // what it lies inside of, or
	Inner       string // what lies inside of it; neither: it is the same
	Owner       string // the host that has it
	OwnerSource string
}

func (e *ClaimError) Error() string {
	text := fmt.Sprintf("host %q: %s is already that of host %q", e.Host, e.What, e.Owner)
	switch {
	case e.Outer != "":
		text = fmt.Sprintf("host %q: %s is inside %s of host %q", e.Host, e.What, e.Outer, e.Owner)
	case e.Inner != "":
		text = fmt.Sprintf("host %q: inside %s is %s of host %q", e.Host, e.What, e.Inner, e.Owner)
	}
	if e.OwnerSource != "" {
		text += " at " + e.OwnerSource
	}
	if e.Source != "" {
		text = e.Source + ": " + text
	}
	return text
}

// taken is the error that what h claims is that of the host o.
func taken(h *Host, c claim, o *Host) *ClaimError {
	return &ClaimError{Host: h.Name, Source: h.Source, What: c.kind.String() + " " + c.key(), Owner: o.Name, OwnerSource: o.Source}
}

// nested is the error that what h claims is inside of what the host o has.
func nested(h *Host, c claim, o *Host, outer netip.Prefix) *ClaimError {
	e := taken(h, c, o)
	e.Outer = outer.String()
	return e
}
