// Package event holds what the server tells of: one value for each thing that
// happened and that somebody may want to know or act upon.
package event

import (
	"net/netip"
	"strings"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

// Event is one thing that happened. What does not apply is zero.
type Event struct {
	// Seq counts the events since the server was started, from 1. It is given by
	// the server.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	Kind Kind      `json:"kind"`

	Host   string       `json:"host,omitempty"` // the known machine
	MAC    ident.MAC    `json:"mac,omitzero"`
	DUID   ident.DUID   `json:"duid,omitempty"` // of the client
	IA     ident.IA     `json:"ia,omitzero"`
	Prefix netip.Prefix `json:"prefix,omitzero"` // an address is a /128
	Link   string       `json:"link,omitempty"`
	Stage  stage.Stage  `json:"stage,omitempty"`
	State  string       `json:"state,omitempty"` // of the host
	Was    string       `json:"was,omitempty"`   // the stage or state before

	Source    string     `json:"source,omitempty"`     // the plugin or source of identity that says so
	Other     string     `json:"other,omitempty"`      // the other machine: who has the lease, or had it
	OtherDUID ident.DUID `json:"other_duid,omitempty"` // the other client

	Reason string `json:"reason,omitempty"` // one of a few, with hyphens, such as in-use
	Text   string `json:"text,omitempty"`   // for people

	// Repeats is how many times the same happened since it was last told.
	Repeats uint64 `json:"repeats,omitempty"`
	// Suppressed is how many others of the kind were left out before this one,
	// since there were too many in a short time.
	Suppressed uint64 `json:"suppressed,omitempty"`
}

// String gives the event as one line, without its number and time, such as:
// moved web03 2001:db8:10::101 from web03 (00:03:00:01:52:54:00:aa:bb:01) final on prov0 by final.
func (e *Event) String() string {
	words := make([]string, 0, 12)
	for _, w := range [...]string{e.Kind.String(), e.who(), shown(e.Prefix), e.other(), e.change(), e.place(), e.by()} {
		if w != "" {
			words = append(words, w)
		}
	}
	line := strings.Join(words, " ")
	if e.Text != "" {
		line += ": " + e.Text
	}
	return line + e.more()
}
