package pipeline

import "github.com/stage6/stage6/link"

// LinkFollower is a Handler that follows the links of this machine on which the
// server serves clients. FollowLinks is called before Run, and whenever a link, its
// prefixes or what is served there may have changed, from one goroutine. It must
// not block, nor change the links.
type LinkFollower interface {
	FollowLinks(links []*link.Link)
}

// Advertiser is a Handler that sends router advertisements. Advertise is called
// once, before Run.
type Advertiser interface {
	Advertise(s RouterSocket)
}

// RouterSocket is what routers advertise themselves by (RFC 4861 section 6.2).
type RouterSocket interface {
	// Send sends an ICMPv6 message to all hosts of an interface, from its link-local
	// address and with a hop limit of 255. The checksum is set for it. Once a
	// reload has made another Advertiser nothing is sent any more.
	Send(iface string, message []byte) error
	// Solicited gives the names of interfaces on which hosts ask for an
	// advertisement. Where many do at a time some are left out.
	Solicited() <-chan string
}
