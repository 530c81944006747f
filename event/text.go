package event

import (
	"fmt"
	"net/netip"

	"github.com/stage6/stage6/stage"
)

// who names the machine, or where it is not known the client, and both where
// the one was pinned to the other.
func (e *Event) who() string {
	switch {
	case e.Kind == Pinned && e.Host != "" && e.DUID != "":
		return e.Host + " (" + e.DUID.String() + ")"
	case e.Host != "":
		return e.Host
	case !e.MAC.IsZero():
		return e.MAC.String()
	case e.DUID != "":
		return e.DUID.String()
	}
	return ""
}

// shown leaves the length of an address out.
func shown(p netip.Prefix) string {
	switch {
	case !p.IsValid():
		return ""
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// change gives the stage or state, with what it was before.
func (e *Event) change() string {
	is := e.State
	if is == "" && e.Stage != stage.Unknown {
		is = e.Stage.String()
	}
	if e.Was != "" {
		return e.Was + " -> " + is
	}
	return is
}

func (e *Event) place() string {
	if e.Link == "" {
		return ""
	}
	return "on " + e.Link
}

func (e *Event) by() string {
	if e.Source == "" {
		return ""
	}
	return "by " + e.Source
}

// other names the other machine, with its client, for which there is a word in
// each kind that has one.
func (e *Event) other() string {
	name := e.Other
	switch {
	case name == "" && e.OtherDUID == "":
		return ""
	case name == "":
		name = e.OtherDUID.String()
	case e.OtherDUID != "":
		name += " (" + e.OtherDUID.String() + ")"
	}
	switch e.Kind {
	case Moved:
		return "from " + name
	case Denied:
		return "of " + name
	}
	return "with " + name
}

// more tells what was left out before.
func (e *Event) more() (out string) {
	if e.Repeats > 0 {
		out = fmt.Sprintf(" (%d times more)", e.Repeats)
	}
	if e.Suppressed > 0 {
		out += fmt.Sprintf(" (%d others left out)", e.Suppressed)
	}
	return out
}
