package server

import "slices"

// CodeSet is a set of option codes.
type CodeSet []uint16

// Has says whether the set has the code.
func (c CodeSet) Has(code uint16) bool { return slices.Contains(c, code) }
