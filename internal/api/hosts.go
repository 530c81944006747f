package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"

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
	Source        string          `json:"source"` // file:line:column
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
	Name  string // a name, or a pattern with * and ?
	State string
	MAC   string
	Limit int    // at most so many; 0: 1000
	After string // the Next of the page before
}

// HostPage is a part of the hosts, sorted by name.
type HostPage struct {
	Hosts []Host `json:"hosts"`
	Next  string `json:"next,omitempty"` // to be given as After; empty at the end
}

// stateBody is the body of PUT /v1/hosts/NAME/state.
type stateBody struct {
	State *host.State `json:"state"`
}

// addHosts adds the paths of hosts.
func addHosts(mux *http.ServeMux, b Backend) {
	mux.Handle("GET /v1/hosts", endpoint(func(r *http.Request) (any, error) {
		q, err := parseHostQuery(r)
		if err != nil {
			return nil, err
		}
		return b.Hosts(q)
	}))
	mux.Handle("GET /v1/hosts/{name}", endpoint(func(r *http.Request) (any, error) {
		return b.Host(r.PathValue("name"))
	}))
	mux.Handle("GET /v1/hosts/{name}/token", endpoint(func(r *http.Request) (any, error) {
		return b.NewToken(r.PathValue("name"))
	}))
	mux.Handle("PUT /v1/hosts/{name}/state", endpoint(func(r *http.Request) (any, error) {
		s, err := parseStateBody(r)
		if err != nil {
			return nil, err
		}
		return b.SetState(r.Context(), r.PathValue("name"), s)
	}))
	mux.Handle("DELETE /v1/hosts/{name}/state", endpoint(func(r *http.Request) (any, error) {
		return b.ResetState(r.Context(), r.PathValue("name"))
	}))
	mux.Handle("PUT /v1/hosts/{name}/duid", endpoint(func(r *http.Request) (any, error) {
		duid, err := parseDUID(r)
		if err == nil && duid == "" {
			err = &BadRequestError{errors.New(`no DUID: want {"duid": "00:04:..."}, or DELETE to forget the one that is pinned`)}
		}
		if err != nil {
			return nil, err
		}
		return b.Pin(r.Context(), r.PathValue("name"), duid)
	}))
	mux.Handle("DELETE /v1/hosts/{name}/duid", endpoint(func(r *http.Request) (any, error) {
		return b.Unpin(r.Context(), r.PathValue("name"))
	}))
	mux.Handle("POST /v1/hosts/{name}/{state}", endpoint(func(r *http.Request) (any, error) {
		s, err := ParseState(r.PathValue("state"))
		if err != nil {
			return nil, err
		}
		if s == host.Installed {
			return setInstalled(b, r)
		}
		return b.SetState(r.Context(), r.PathValue("name"), s)
	}))
}

// setInstalled answers POST /v1/hosts/NAME/installed.
func setInstalled(b Backend, r *http.Request) (any, error) {
	duid, err := parseDUID(r)
	if err != nil {
		return nil, err
	}
	return b.SetInstalled(r.Context(), r.PathValue("name"), duid)
}

// duidBody is the body of a request that names the DUID of an installed system.
type duidBody struct {
	DUID ident.DUID `json:"duid"`
}

// parseDUID reads the DUID of the parameter duid, or of the body. It gives
// nothing where there is none.
func parseDUID(r *http.Request) (ident.DUID, error) {
	if text := r.URL.Query().Get("duid"); text != "" {
		duid, err := ident.ParseDUID(text)
		if err != nil {
			return "", &BadRequestError{err}
		}
		return duid, nil
	}
	var body duidBody
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil && !errors.Is(err, io.EOF) {
		return "", &BadRequestError{fmt.Errorf(`body: %w: want nothing or {"duid": "00:04:..."}`, err)}
	}
	return body.DUID, nil
}

// ParseState reads the name of a state.
func ParseState(text string) (s host.State, err error) {
	if err := s.UnmarshalText([]byte(text)); err != nil {
		return s, &BadRequestError{err}
	}
	return s, nil
}

func parseStateBody(r *http.Request) (host.State, error) {
	var body stateBody
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return 0, &BadRequestError{fmt.Errorf(`body: %w: want {"state": "installed"}`, err)}
	}
	if body.State == nil {
		return 0, &BadRequestError{errors.New(`body: no state: want {"state": "installed"}, or DELETE for that of the file`)}
	}
	return *body.State, nil
}

func parseHostQuery(r *http.Request) (q HostQuery, err error) {
	v := r.URL.Query()
	q = HostQuery{Name: v.Get("name"), State: v.Get("state"), MAC: v.Get("mac"), After: v.Get("after")}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}
