package ident

import (
	"fmt"
	"strconv"
	"strings"
)

// IAType is the kind of an identity association (RFC 9915 section 12). Its
// value is the option code.
type IAType uint16

// The identity associations that a client can ask for. IA_TA (4) is obsolete
// in RFC 9915 and ignored.
const (
	NA IAType = 3  // IA_NA, non-temporary addresses (RFC 9915 section 21.4)
	PD IAType = 25 // IA_PD, delegated prefixes (RFC 9915 section 21.21)
)

// String gives the name of the RFC: IA_NA or IA_PD.
func (t IAType) String() string {
	switch t {
	case NA:
		return "IA_NA"
	case PD:
		return "IA_PD"
	}
	return fmt.Sprintf("IA(%d)", uint16(t))
}

// IA names one identity association of a client: its type and its IAID. The
// number spaces of the IAIDs of the two types are separate.
type IA struct {
	Type IAType
	ID   uint32
}

// String gives the type and the IAID in hexadecimal, such as IA_NA:0a0b0c0d.
func (ia IA) String() string { return fmt.Sprintf("%s:%08x", ia.Type, ia.ID) }

// MarshalText gives the form of String.
func (ia IA) MarshalText() ([]byte, error) { return []byte(ia.String()), nil }

// UnmarshalText reads the form of String.
func (ia *IA) UnmarshalText(text []byte) error {
	kind, id, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseUint(id, 16, 32)
	for _, t := range [...]IAType{NA, PD} {
		if err == nil && t.String() == kind {
			*ia = IA{t, uint32(n)}
			return nil
		}
	}
	return fmt.Errorf("identity association %q: want a type and an IAID in hexadecimal, such as IA_NA:0a0b0c0d", text)
}
