package api

import (
	"net/http"

	"github.com/stage6/stage6/api"
)

// Links is what the backend knows of links.
type Links interface {
	// Links gives the links that clients can be on, with what is known of their
	// routers, and of other servers.
	Links() api.LinkList
}

// linkRoutes gives the question for links.
func linkRoutes(l Links) []route {
	return []route{{
		method: "GET", path: "/v1/links", access: reader,
		summary: "List the links that clients can be on, with their routers and what is wrong with what those say, and other DHCPv6 servers that were noticed",
		answer:  api.LinkList{},
		serve:   func(*http.Request) (any, error) { return l.Links(), nil },
	}}
}
