package assembly

import (
	"github.com/stage6/stage6/link"
	"github.com/stage6/stage6/pipeline"
)

// FollowLinks tells the handlers that follow them the links of this machine on
// which clients are served.
func (a *Assembly) FollowLinks(links []*link.Link) {
	for i := range a.Steps {
		if f, ok := a.Steps[i].Handler.(pipeline.LinkFollower); ok {
			f.FollowLinks(links)
		}
	}
}

// Advertise gives the handlers that send router advertisements what to send them
// by, made for each.
func (a *Assembly) Advertise(socket func() pipeline.RouterSocket) {
	for i := range a.Steps {
		if h, ok := a.Steps[i].Handler.(pipeline.Advertiser); ok {
			h.Advertise(socket())
		}
	}
}
