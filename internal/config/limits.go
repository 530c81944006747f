package config

import (
	"fmt"

	"github.com/stage6/stage6/internal/strict"
)

// Limits bound what strangers, and those who send too much, get.
type Limits struct {
	Client    int `config:"min=0,max=1_000_000"` // messages of one client in a second; 0: any number
	Neighbors int `config:"min=0,max=1_000_000"` // strangers that are answered anew on a link in a second; 0: any number
	Waiting   int `config:"min=0,max=65536"`     // messages of a socket that wait for their turn; 0: they are served as they come
}

func defaultLimits() Limits { return Limits{Client: 100, Neighbors: 64, Waiting: 4096} }

// DecodeNode reads the keys, or true for the usual limits, or false for none.
func (l *Limits) DecodeNode(n strict.Node) error {
	if n.Kind() == strict.Single {
		var on bool
		err := strict.Decode(n, &on)
		if *l = (Limits{}); on {
			*l = defaultLimits()
		}
		return err
	}
	type keys Limits
	return strict.Decode(n, (*keys)(l))
}

// What is the least that lets those through who do nothing wrong: firmware sends a
// message again after some milliseconds, and a queue has room for all classes.
const (
	minClient    = 10
	minNeighbors = 10
	minWaiting   = 64
)

// Validate says which limit is too low.
func (l *Limits) Validate() error {
	for _, v := range []struct {
		name        string
		have, least int
	}{{"client", l.Client, minClient}, {"neighbors", l.Neighbors, minNeighbors}, {"waiting", l.Waiting, minWaiting}} {
		if v.have != 0 && v.have < v.least {
			return fmt.Errorf("%s: %d would hold back those who do nothing wrong, want at least %d, or 0 for no limit", v.name, v.have, v.least)
		}
	}
	return nil
}
