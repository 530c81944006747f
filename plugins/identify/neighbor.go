package identify

import (
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

const neighborSource = "neighbor"

// neighbor is the source that asks the kernel for the neighbour at the client's
// address.
func neighbor() source {
	return source{neighborSource, fromNeighbor, []pipeline.Need{pipeline.NeedNeighbors}, awaitNeighbor}
}

// fromNeighbor takes the MAC that the kernel's table of neighbours has for a client
// that is on the link itself. That of a relayed message is the relay agent's.
func fromNeighbor(x *pipeline.Exchange) (ident.Evidence, bool) {
	if x.NumRelays() > 0 {
		return ident.Evidence{}, false
	}
	return mac(x.NeighborMAC(), true)
}

// awaitNeighbor has the kernel ask the link for it.
func awaitNeighbor(x *pipeline.Exchange) <-chan struct{} {
	if x.NumRelays() > 0 {
		return nil
	}
	return x.SolicitNeighbor()
}
