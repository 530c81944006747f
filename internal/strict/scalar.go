package strict

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
)

// wellKnown sets values of the types that this package reads better than they
// read themselves, and says whether into is one.
func wellKnown(n Node, into any, r rules) (bool, error) {
	var parse func(text string) error
	switch into := into.(type) {
	case *time.Duration:
		parse = func(text string) error { return store(into, text, r.duration) }
	case *netip.Addr:
		parse = func(text string) error { return store(into, text, ParseAddr) }
	case *netip.Prefix:
		parse = func(text string) error { return store(into, text, ParsePrefix) }
	case *net.HardwareAddr:
		parse = func(text string) error { return store(into, text, parseHardwareAddr) }
	default:
		return false, nil
	}
	text, err := n.Text()
	if err != nil {
		return true, err
	}
	return true, parse(text)
}

func store[T any](into *T, text string, parse func(string) (T, error)) error {
	v, err := parse(text)
	if err == nil {
		*into = v
	}
	return err
}

// ParseAddr reads an IPv6 address.
func ParseAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err == nil && a.Is6() {
		return a, nil
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return a, fmt.Errorf("%q is a prefix, want an address such as %s", text, p.Addr())
	}
	if inside, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && inside.Is6() {
		return a, fmt.Errorf("%q is in brackets, write %s", text, inside)
	}
	return a, fmt.Errorf("%q is not an IPv6 address", text)
}

// ParsePrefix reads an IPv6 prefix, whose bits beyond its length are zero.
func ParsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err == nil && p.Addr().Is6() && p == p.Masked():
		return p, nil
	case err == nil && p.Addr().Is6():
		return p, fmt.Errorf("%q has bits beyond its length, write %s for the prefix", text, p.Masked())
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Is6() {
		return p, fmt.Errorf("%q has no length, want a prefix such as %s/64", text, prefix64(a))
	}
	if addr, bits, ok := strings.Cut(text, "/"); ok {
		if a, err := netip.ParseAddr(addr); err == nil && a.Is6() {
			return p, fmt.Errorf("%q has the length %q, want 0 to 128", text, bits)
		}
	}
	return p, fmt.Errorf("%q is not an IPv6 prefix", text)
}

func prefix64(a netip.Addr) netip.Addr {
	return netip.PrefixFrom(a.WithZone(""), 64).Masked().Addr()
}

func parseHardwareAddr(text string) (net.HardwareAddr, error) {
	if mac, err := net.ParseMAC(text); err == nil {
		return mac, nil
	}
	if raw, err := ident.ParseHex(text); err == nil && len(raw) == 6 {
		return raw, nil
	}
	return nil, fmt.Errorf("%q is not a MAC, want one such as 52:54:00:aa:bb:01", text)
}

// duration reads a time within the bounds of r.
func (r rules) duration(text string) (time.Duration, error) {
	d, err := parseDuration(text, r.max)
	if err != nil {
		return 0, err
	}
	low, high := time.Duration(0), time.Duration(math.MaxInt64)
	if r.min != "" {
		if low, err = ParseDuration(r.min); err != nil {
			return 0, fmt.Errorf("strict: bound min: %w", err)
		}
	}
	if r.max != "" {
		if high, err = ParseDuration(r.max); err != nil {
			return 0, fmt.Errorf("strict: bound max: %w", err)
		}
	}
	switch {
	case d < low:
		return 0, fmt.Errorf("%q is too short, want at least %s", text, r.min)
	case d > high:
		return 0, tooLong(text, r.max)
	}
	return d, nil
}

// scalar sets v, which is of a basic kind, from the text of a scalar.
func scalar(text string, v reflect.Value, r rules) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Bool:
		return boolean(text, v)
	case v.CanInt():
		return signed(text, v, r)
	case v.CanUint():
		return unsigned(text, v, r)
	case v.CanFloat():
		return float(text, v, r)
	}
	return fmt.Errorf("strict: cannot decode into %s", v.Type())
}

func boolean(text string, v reflect.Value) error {
	switch text {
	case "true", "yes", "on":
		v.SetBool(true)
	case "false", "no", "off":
		v.SetBool(false)
	default:
		return fmt.Errorf("%q: want true or false", text)
	}
	return nil
}

// whole is a whole number, in decimal without leading zeros or in hexadecimal.
var whole = regexp.MustCompile(`^-?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$`)

func checkWhole(text string) error {
	if whole.MatchString(text) {
		return nil
	}
	if short := strings.TrimLeft(text, "0"); short != text && whole.MatchString(short) {
		return fmt.Errorf("%q has leading zeros, write %s", text, short)
	}
	return fmt.Errorf("%q is not a whole number", text)
}

func signed(text string, v reflect.Value, r rules) error {
	if err := checkWhole(text); err != nil {
		return err
	}
	low, high := int64(math.MinInt64)>>(64-v.Type().Bits()), int64(math.MaxInt64)>>(64-v.Type().Bits())
	if err := bounds(r, &low, &high, parseSigned); err != nil {
		return err
	}
	i, err := parseSigned(text)
	if err != nil || i < low || i > high {
		return fmt.Errorf("%s: want %d to %d", text, low, high)
	}
	v.SetInt(i)
	return nil
}

func parseSigned(text string) (int64, error) { return strconv.ParseInt(text, 0, 64) }

func unsigned(text string, v reflect.Value, r rules) error {
	if err := checkWhole(text); err != nil {
		return err
	}
	low, high := uint64(0), uint64(math.MaxUint64)>>(64-v.Type().Bits())
	if err := bounds(r, &low, &high, parseUnsigned); err != nil {
		return err
	}
	u, err := parseUnsigned(text)
	if err != nil || u < low || u > high {
		return fmt.Errorf("%s: want %d to %d", text, low, high)
	}
	v.SetUint(u)
	return nil
}

func parseUnsigned(text string) (uint64, error) { return strconv.ParseUint(text, 0, 64) }

func float(text string, v reflect.Value, r rules) error {
	low, high := math.Inf(-1), math.Inf(1)
	if err := bounds(r, &low, &high, parseFloat); err != nil {
		return err
	}
	f, err := parseFloat(text)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("%q is not a number", text)
	}
	switch {
	case f < low:
		return fmt.Errorf("%s: want at least %g", text, low)
	case f > high:
		return fmt.Errorf("%s: want at most %g", text, high)
	}
	v.SetFloat(f)
	return nil
}

func parseFloat(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

// bounds narrows low and high to the bounds of r.
func bounds[T any](r rules, low, high *T, parse func(string) (T, error)) (err error) {
	if r.min != "" {
		if *low, err = parse(r.min); err != nil {
			return fmt.Errorf("strict: bound min: %w", err)
		}
	}
	if r.max != "" {
		if *high, err = parse(r.max); err != nil {
			return fmt.Errorf("strict: bound max: %w", err)
		}
	}
	return nil
}
