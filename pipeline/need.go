package pipeline

// Need is something of the machine that a handler needs, and that the server
// takes care of only where one does.
type Need uint8

// NeedFrames is what Exchange.FrameMAC needs: a packet socket, which takes
// CAP_NET_RAW.
const NeedFrames Need = 1

// NeedRoutes is to change the kernel's routes, which takes CAP_NET_ADMIN.
const NeedRoutes Need = 2

// NeedNeighbors is what Exchange.NeighborMAC needs: to follow the kernel's
// table of neighbours, which takes no capability.
const NeedNeighbors Need = 3

// NeedAdvertisements is to send router advertisements, as an Advertiser: a raw
// socket, which takes CAP_NET_RAW.
const NeedAdvertisements Need = 4

// Needer is a Handler that needs something of the machine. A server that cannot
// have it does not start.
type Needer interface {
	Needs() []Need
}
