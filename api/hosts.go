package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// Host is one known machine.
type Host struct {
	Name          string          `json:"name"`
	State         host.State      `json:"state"`
	StateSet      bool            `json:"state_set"`        // whether it was set while a server ran
	StateInSource host.State      `json:"state_in_source"`  // that of the configuration or file
	Pinned        ident.DUID      `json:"pinned,omitempty"` // the DUID of its installed system, that the server was told
	Hostname      string          `json:"hostname,omitempty"`
	Tags          []string        `json:"tags,omitempty"`
	UUIDs         []string        `json:"uuids,omitempty"`
	Interfaces    []HostInterface `json:"interfaces"`
	Options       json.RawMessage `json:"options,omitempty"` // for the machine, as configurations write them
	Source        string          `json:"source"`            // file:line:column, or api
	// Version is another one after each change of a host that was made over the
	// API; absent: the host is that of a file.
	Version uint64 `json:"version,omitempty"`
	// Aside says why the host that was made over the API under this name does not
	// count.
	Aside    string   `json:"aside,omitempty"`
	Warnings []string `json:"warnings,omitempty"` // of a change that was made: what will not work
}

// HostSpec is what is written of a host over the API. Where a whole host is
// written, what is not there is none; the state stays unless it is there.
type HostSpec struct {
	Name       string          `json:"name,omitempty"`    // where the path does not have it
	Version    uint64          `json:"version,omitempty"` // that the host must have now; absent: any, or there is none
	State      *host.State     `json:"state,omitempty"`
	Hostname   string          `json:"hostname,omitempty"`
	Tags       []string        `json:"tags,omitempty"`
	UUIDs      []string        `json:"uuids,omitempty"`
	Interfaces []HostInterface `json:"interfaces,omitempty"` // several have names
	Options    json.RawMessage `json:"options,omitempty"`    // such as {"dns_servers": "2001:db8::53"}
}

// HostInterface is what an interface of a host is recognised by, and what is
// reserved for it.
type HostInterface struct {
	Name      string         `json:"name,omitempty"`
	MACs      []ident.MAC    `json:"macs,omitempty"`
	Clients   []HostClient   `json:"clients,omitempty"`
	Ports     []string       `json:"ports,omitempty"`     // of access devices
	Addresses []string       `json:"addresses,omitempty"` // blocks with their length; host parts such as ::56
	Prefixes  []netip.Prefix `json:"prefixes,omitempty"`
}

// HostClient is a client by its DUID and, if there is one, IAID.
type HostClient struct {
	DUID ident.DUID `json:"duid"`
	IAID *uint32    `json:"iaid,omitempty"`
}

// HostQuery selects hosts. Empty fields select all.
type HostQuery struct {
	// Search is words that are looked for in everything that a host is known by
	// and has: all of them must be there. What is a MAC, a UUID, a DUID or an address
	// is found however it is written, an address also inside of what is reserved.
	Search  string
	Name    string // a name, or a pattern with * and ?
	State   string
	MAC     string
	UUID    string
	DUID    string // in hexadecimal; that is listed or pinned
	Address string // an address or prefix that is reserved, by itself or inside of something
	Tag     string
	Source  string // api, file, or aside for those that do not count
	Limit   int    // at most so many; 0: 1000
	After   string // the Next of the page before
}

// HostPage is a part of the hosts, sorted by name.
type HostPage struct {
	Hosts []Host `json:"hosts"`
	Next  string `json:"next,omitempty"` // to be given as After; empty at the end
}

// Hosts asks for one page of hosts.
func (c *Client) Hosts(ctx context.Context, q HostQuery) (p HostPage, err error) {
	v := values(map[string]string{
		"search": q.Search, "name": q.Name, "state": q.State, "mac": q.MAC, "uuid": q.UUID, "duid": q.DUID,
		"address": q.Address, "tag": q.Tag, "source": q.Source, "after": q.After,
	}, q.Limit)
	return p, c.do(ctx, http.MethodGet, "/v1/hosts?"+v.Encode(), &p)
}

// Host asks for one host.
func (c *Client) Host(ctx context.Context, name string) (h Host, err error) {
	return h, c.do(ctx, http.MethodGet, hostPath(name), &h)
}

// SetState sets the state of a host and gives the host.
func (c *Client) SetState(ctx context.Context, name string, s host.State) (h Host, err error) {
	return h, c.do(ctx, http.MethodPost, hostPath(name)+"/"+s.String(), &h)
}

// ResetState gives a host the state of its source back, and gives the host.
func (c *Client) ResetState(ctx context.Context, name string) (h Host, err error) {
	return h, c.do(ctx, http.MethodDelete, hostPath(name)+"/state", &h)
}

// SetInstalled sets the state of a host to installed and, unless it is empty,
// pins the DUID of its installed system, and gives the host.
func (c *Client) SetInstalled(ctx context.Context, name string, duid ident.DUID) (h Host, err error) {
	path := hostPath(name) + "/" + host.Installed.String()
	if duid != "" {
		path += "?" + url.Values{"duid": {duid.String()}}.Encode()
	}
	return h, c.do(ctx, http.MethodPost, path, &h)
}

// Pin pins the DUID of a host's installed system and gives the host.
func (c *Client) Pin(ctx context.Context, name string, duid ident.DUID) (h Host, err error) {
	path := hostPath(name) + "/duid?" + url.Values{"duid": {duid.String()}}.Encode()
	return h, c.do(ctx, http.MethodPut, path, &h)
}

// Unpin forgets the DUID that was pinned to a host, and gives the host.
func (c *Client) Unpin(ctx context.Context, name string) (h Host, err error) {
	return h, c.do(ctx, http.MethodDelete, hostPath(name)+"/duid", &h)
}

func hostPath(name string) string { return "/v1/hosts/" + url.PathEscape(name) }

// ParseState reads the name of a state.
func ParseState(text string) (s host.State, err error) {
	if err := s.UnmarshalText([]byte(text)); err != nil {
		return s, &BadRequestError{err}
	}
	return s, nil
}
