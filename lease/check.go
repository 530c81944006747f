package lease

import (
	"fmt"

	"github.com/stage6/stage6/ident"
)

// Check says what makes the binding one that no store should hold, or nil.
func (b *Binding) Check() error {
	if err := ident.CheckDUID([]byte(b.DUID)); err != nil {
		return fmt.Errorf("DUID: %w", err)
	}
	if a := b.Via.WithZone(""); a.IsValid() && (!a.Is6() || a.Is4In6() || a.IsUnspecified() || a.IsMulticast()) {
		return fmt.Errorf("next hop %q: not the address of a neighbour", b.Via)
	}
	for i := range b.Leases {
		if err := b.Leases[i].check(b.IA.Type); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lease) check(t ident.IAType) error {
	p := l.Prefix
	switch {
	case !p.IsValid() || !p.Addr().Is6() || p.Addr().Is4In6() || p.Addr().Zone() != "":
		return fmt.Errorf("lease of %q: not an IPv6 prefix", p)
	case p != p.Masked():
		return fmt.Errorf("lease of %q: bits set beyond the prefix length", p)
	case t == ident.NA && p.Bits() != 128:
		return fmt.Errorf("lease of %q in an %s, want an address as a /128", p, t)
	case p.Bits() == 0:
		return fmt.Errorf("lease of %q: everything cannot be leased", p)
	case l.State < Active || l.State > Declined:
		return fmt.Errorf("lease of %q: state %d, want 1 to 3", p, l.State)
	}
	return nil
}
