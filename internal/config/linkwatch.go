package config

import (
	"slices"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/strict"
)

// LinkWatch is whether and how the links are watched.
type LinkWatch struct {
	Off     bool          `yaml:"-"`
	Wait    time.Duration `config:"min=5s,max=1d"` // for the first router advertisement
	Solicit bool          // whether routers are asked for one
	Ignore  []Problem
	Probe   time.Duration `config:"min=1m,max=30d"` // how often other servers are looked for; 0 is never
	Node    strict.Node   `yaml:"-"`
}

// defaultLinkWatch waits for longer than routers take to answer, three times over.
func defaultLinkWatch() LinkWatch { return LinkWatch{Wait: time.Minute, Solicit: true} }

// DecodeNode reads the keys, or true or false to have the links watched or not.
func (w *LinkWatch) DecodeNode(n strict.Node) error {
	w.Node = n
	if n.Kind() == strict.Single {
		var on bool
		err := strict.Decode(n, &on)
		w.Off = !on
		return err
	}
	type keys LinkWatch
	return strict.Decode(n, (*keys)(w))
}

// Problem is the name of what can be wrong with router advertisements, and need
// not be.
type Problem string

// UnmarshalText reads one of event.LinkProblems.
func (p *Problem) UnmarshalText(text []byte) error {
	if !slices.Contains(event.LinkProblems(), string(text)) {
		return strict.Unknown("problem", string(text), event.LinkProblems())
	}
	*p = Problem(text)
	return nil
}

// KnownServers are the DUIDs of other servers that are meant to be on the links.
type KnownServers []ident.DUID
