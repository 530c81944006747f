package condition

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Source is what kind of thing a field is.
type Source int

// What fields can be.
const (
	Option      Source = iota // an option of the client's message, by Code
	RelayOption               // an option of a relay agent, by Code; Relay counts from the client
	MAC                       // the client's link-layer address
	Peer                      // the address that a relay agent has the message from
	LinkAddress               // the link-address of a relay agent
)

// AnyRelay is the Relay of an option of whichever relay agent has it.
const AnyRelay = -100

// Field is something that a message says.
type Field struct {
	Source Source
	Code   uint16
	Relay  int // 0 is the relay agent nearest the client, -1 the one nearest the server
}

// Of gives the field of a client's option.
func Of(code uint16) Field { return Field{Source: Option, Code: code} }

// The options with facts of their own.
const (
	codeClientID     = 1
	codeORO          = 6
	codeRapidCommit  = 14
	codeUserClass    = 15
	codeVendorClass  = 16
	codeInterfaceID  = 18
	codeRemoteID     = 37
	codeSubscriberID = 38
	codeArch         = 61
	codeLinkLayer    = 79
)

func (f Field) String() string {
	switch f.Source {
	case Option:
		return fmt.Sprintf("option %d", f.Code)
	case RelayOption:
		return fmt.Sprintf("option %d of a relay agent", f.Code)
	case MAC:
		return "the MAC"
	case Peer:
		return "the peer address of a relay agent"
	}
	return "the link address of a relay agent"
}

// relay gives the beginning of a fact of the field's relay agent.
func (f Field) relay(name string) string {
	if f.Relay == AnyRelay {
		return name
	}
	return fmt.Sprintf("relay[%d].%s", f.Relay, name)
}

func (f Field) present() (string, error) {
	switch {
	case f.Source == Option && f.Code == codeRapidCommit:
		return "rapid_commit", nil
	case f.Source == Option:
		return fmt.Sprintf("option[%d].present", f.Code), nil
	case f.Source == MAC:
		return `mac != ""`, nil
	case f.Source == RelayOption && f.Code == 0 && f.Relay == 0:
		return "relays > 0", nil
	case f.Source == RelayOption && f.Code == 0 && f.Relay > 0:
		return fmt.Sprintf("relays > %d", f.Relay), nil
	case f.Source == RelayOption && f.fact() != "":
		return f.relay(f.fact()) + ` != ""`, nil
	}
	return "", &Unsupported{"whether there is " + f.String()}
}

// fact gives the name of the fact of a relay agent's option, or nothing.
func (f Field) fact() string {
	switch f.Code {
	case codeInterfaceID:
		return "interface_id"
	case codeRemoteID:
		return "remote_id"
	case codeSubscriberID:
		return "subscriber_id"
	}
	return ""
}

// text says whether octets can be written as text.
func printable(value []byte) bool {
	for _, b := range value {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return len(value) > 0
}

// quoted writes text for a match expression.
func quoted(value []byte) string { return fmt.Sprintf("%q", value) }

// octets writes octets in hexadecimal, separated by colons, and quoted.
func octets(value []byte) string {
	var out []string
	for _, b := range value {
		out = append(out, hex.EncodeToString([]byte{b}))
	}
	return `"` + strings.Join(out, ":") + `"`
}

// tuples takes a list of strings apart, each of which stands behind its length.
func tuples(data []byte) (out [][]byte, ok bool) {
	for len(data) > 0 {
		if len(data) < 2 || int(binary.BigEndian.Uint16(data)) > len(data)-2 {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(data))
		out, data = append(out, data[2:2+n]), data[2+n:]
	}
	return out, len(out) > 0
}
