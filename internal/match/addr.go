package match

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// within is the function form of: address in "prefix".
const within = "within"

// addrFact is the address's text, or "" for none, to the machine.
type addrFact[T any] struct {
	info Info
	get  func(T) netip.Addr
}

func (f *addrFact[T]) describe() Info       { return f.info }
func (f *addrFact[T]) goType() reflect.Type { return reflect.TypeFor[string]() }
func (f *addrFact[T]) read(v T) any         { return addrText(f.get(v)) }

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.WithZone("").String()
}

func (f *addrFact[T]) test(subject ast.Node, op operator, with []constant) (form[T], error) {
	texts, err := stringsOf(f.info, with)
	if err != nil {
		return form[T]{}, err
	}
	if op.name != "==" && op.name != "in" {
		return form[T]{}, refused(f.info, op, `write ==, != or in, such as: in "2001:db8::/64"`)
	}
	w := addrWanted{}
	for i, text := range texts {
		if err := w.add(text, op.name == "in"); err != nil {
			return form[T]{}, faultf(with[i].node, "%s: %v", f.info.Name, err)
		}
	}
	get := f.get
	return form[T]{
		node: w.node(subject, op, with[0].node),
		eval: func(v T) bool { return w.match(get(v)) },
	}, nil
}

// addrWanted is what an address is compared with.
type addrWanted struct {
	addrs    []netip.Addr // the zero one is for no address
	prefixes []netip.Prefix
}

func (w *addrWanted) add(text string, prefixes bool) error {
	if text == "" {
		w.addrs = append(w.addrs, netip.Addr{})
		return nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		w.addrs = append(w.addrs, a)
		return nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil && prefixes:
		return fmt.Errorf("%q: want an address or a prefix", text)
	case err != nil:
		return fmt.Errorf("%q: want an address", text)
	case !prefixes:
		return fmt.Errorf("%q is a prefix: write in", text)
	case p != p.Masked():
		return fmt.Errorf("%q has bits set behind its length, want %q", text, p.Masked())
	}
	w.prefixes = append(w.prefixes, p)
	return nil
}

func (w *addrWanted) match(a netip.Addr) bool {
	if a.Zone() != "" {
		a = a.WithZone("")
	}
	return slices.Contains(w.addrs, a) || inAny(w.prefixes, a)
}

func inAny(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (w *addrWanted) node(subject ast.Node, op operator, at ast.Node) ast.Node {
	var out ast.Node
	var texts []constant
	for _, a := range w.addrs {
		texts = append(texts, constant{addrText(a), at})
	}
	if len(texts) > 0 {
		out = compareNode(subject, operator{"==", op.node}, texts)
	}
	for _, p := range w.prefixes {
		call := callNode(op.node, within, subject, constant{p.String(), at}.literal())
		if out == nil {
			out = call
			continue
		}
		out = binaryNode(op.node, "or", out, call)
	}
	return out
}

// textWithin is within on the machine, where an address is a text.
func textWithin(addr, prefix string) (bool, error) {
	p, err := netip.ParsePrefix(prefix)
	if err != nil || addr == "" {
		return false, err
	}
	a, err := netip.ParseAddr(addr)
	return p.Contains(a), err
}
