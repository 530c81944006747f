package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/stage6/stage6/ident"
)

// LinkList is the answer of GET /v1/links.
type LinkList struct {
	Links   []Link        `json:"links"`
	Servers []OtherServer `json:"servers"` // other DHCPv6 servers that were noticed, on any link
	Watched bool          `json:"watched"` // whether router advertisements are listened to
}

// Link is a link that clients can be on, with what is known of its routers.
type Link struct {
	Name      string         `json:"name"`
	Interface string         `json:"interface,omitempty"` // of the server's machine; absent: behind relay agents
	Prefixes  []netip.Prefix `json:"prefixes"`            // on-link as the server has it
	Served    []netip.Prefix `json:"served"`              // those that addresses are leased of
	Watched   bool           `json:"watched"`             // whether its router advertisements are judged
	Up        bool           `json:"up"`                  // whether the interface has a carrier
	Routers   []Router       `json:"routers"`
	Problems  []LinkProblem  `json:"problems"`
}

// Router is a router of which advertisements came.
type Router struct {
	Address        netip.Addr         `json:"address"`
	Own            bool               `json:"own,omitempty"`    // the server's plugin ra sends them
	Silent         bool               `json:"silent,omitempty"` // nothing came for longer than they are valid
	Managed        bool               `json:"managed"`          // the M flag: addresses are to be had by DHCPv6
	Other          bool               `json:"other"`            // the O flag: other settings are
	Lifetime       uint32             `json:"lifetime"`         // as default router, in seconds; 0: it is none
	Preference     string             `json:"preference"`       // low, medium or high (RFC 4191)
	MTU            uint32             `json:"mtu,omitempty"`
	DNS            []netip.Addr       `json:"dns,omitempty"`
	Prefixes       []AdvertisedPrefix `json:"prefixes"`
	Seen           time.Time          `json:"seen"`           // when the last advertisement came
	Advertisements uint64             `json:"advertisements"` // how many came
}

// AdvertisedPrefix is a prefix in a router advertisement (RFC 4861 section
// 4.6.2). Lifetimes are in seconds; 4294967295 is for ever.
type AdvertisedPrefix struct {
	Prefix     netip.Prefix `json:"prefix"`
	OnLink     bool         `json:"on_link"`    // the L flag
	Autonomous bool         `json:"autonomous"` // the A flag: hosts make addresses of their own of it
	Preferred  uint32       `json:"preferred"`
	Valid      uint32       `json:"valid"`
}

// LinkProblem is what router advertisements of a link lack, or say in contradiction
// to the configuration.
type LinkProblem struct {
	Name  string    `json:"name"` // one of a few, with hyphens, such as managed-flag-missing
	Text  string    `json:"text"` // for people
	Since time.Time `json:"since"`
}

// OtherServer is another DHCPv6 server that clients speak with, or that answered a
// probe.
type OtherServer struct {
	DUID    ident.DUID `json:"duid"`
	Link    string     `json:"link,omitempty"`   // where it was noticed first
	Address netip.Addr `json:"address,omitzero"` // of which it answered a probe; absent: it is only known from what clients send
	Known   bool       `json:"known"`            // listed under known_servers
	First   time.Time  `json:"first"`
	Last    time.Time  `json:"last"`
	Count   uint64     `json:"count"` // messages that named it
}

// Links gives the links that clients can be on.
func (c *Client) Links(ctx context.Context) (list LinkList, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/links", &list)
	return list, err
}
