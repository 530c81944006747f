package ident

import "fmt"

// EvidenceKind says what a piece of evidence names.
type EvidenceKind uint8

// What evidence can name.
const (
	EvidenceMAC  EvidenceKind = iota + 1 // a link-layer address
	EvidenceUUID                         // a system UUID
	EvidencePort                         // a port of an access device
	EvidenceDUID                         // a DUID
	EvidenceHost                         // a host, as the server remembers it
)

// String gives the name of the kind, such as mac.
func (k EvidenceKind) String() string {
	switch k {
	case EvidenceMAC:
		return "mac"
	case EvidenceUUID:
		return "uuid"
	case EvidencePort:
		return "port"
	case EvidenceDUID:
		return "duid"
	case EvidenceHost:
		return "host"
	}
	return fmt.Sprintf("evidence(%d)", uint8(k))
}

// Evidence is one statement about who the client is.
type Evidence struct {
	Kind    EvidenceKind
	MAC     MAC    // for EvidenceMAC
	UUID    UUID   // for EvidenceUUID
	Value   string // for EvidencePort a Port, for EvidenceDUID a DUID, for EvidenceHost a name
	Source  string // the name of the source that said so, such as relay
	Trusted bool   // whether the client itself could not have made it up
	// System says that it counts as trusted at stage final, unless something
	// trusted is against it: the DUID is one that an installed system is known to
	// have. Somebody who has seen it can send it.
	System bool
}

// String gives what is said, such as: mac 52:54:00:aa:bb:01.
func (e Evidence) String() string {
	says := e.Value
	switch e.Kind {
	case EvidenceMAC:
		says = e.MAC.String()
	case EvidenceUUID:
		says = e.UUID.String()
	case EvidenceDUID:
		says = DUID(e.Value).String()
	}
	return e.Kind.String() + " " + says
}
