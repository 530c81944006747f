// Package racks adds facts and a function to the match expressions of stage6: where
// relay agents say r07u12 in their Interface-Id, the client is in unit 12 of rack 7.
package racks

import (
	"fmt"

	"github.com/stage6/stage6/pipeline"
)

// Plugin adds what can be used in every expression; it does not stand in the
// configuration.
var Plugin = pipeline.DefineFacts("racks", add)

func add(f pipeline.Facts) {
	f.Int("rack", "the number of the rack, or 0", rack)
	f.Int("unit", "the unit in the rack, or 0", unit)
	f.Function("in_racks", "whether the client is in a rack from one number to another", inRacks)
}

func rack(x *pipeline.Exchange) int {
	rack, _ := place(x)
	return rack
}

func unit(x *pipeline.Exchange) int {
	_, unit := place(x)
	return unit
}

// inRacks is called with the numbers of an expression, such as in_racks(1, 8).
func inRacks(x *pipeline.Exchange, first, last int) (bool, error) {
	if first > last {
		return false, fmt.Errorf("in_racks(%d, %d): the first number is the greater one", first, last)
	}
	r, _ := place(x)
	return first <= r && r <= last, nil
}

// place reads the Interface-Id of the relay agent nearest the client. Only a trusted
// relay agent's counts: anybody can write one.
func place(x *pipeline.Exchange) (rack, unit int) {
	if x.NumRelays() == 0 {
		return 0, 0
	}
	r := x.Relay(0)
	id := r.InterfaceID
	if !r.Trusted || len(id) != len("r07u12") || id[0] != 'r' || id[3] != 'u' {
		return 0, 0
	}
	rack, ok := number(id[1:3])
	unit, ok2 := number(id[4:6])
	if !ok || !ok2 {
		return 0, 0
	}
	return rack, unit
}

// number reads two digits.
func number(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
