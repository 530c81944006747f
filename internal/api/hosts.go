package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

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
			err = &api.BadRequestError{Err: errors.New(`no DUID: want {"duid": "00:04:..."}, or DELETE to forget the one that is pinned`)}
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
		s, err := api.ParseState(r.PathValue("state"))
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
			return "", &api.BadRequestError{Err: err}
		}
		return duid, nil
	}
	var body duidBody
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil && !errors.Is(err, io.EOF) {
		return "", &api.BadRequestError{Err: fmt.Errorf(`body: %w: want nothing or {"duid": "00:04:..."}`, err)}
	}
	return body.DUID, nil
}

func parseStateBody(r *http.Request) (host.State, error) {
	var body stateBody
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return 0, &api.BadRequestError{Err: fmt.Errorf(`body: %w: want {"state": "installed"}`, err)}
	}
	if body.State == nil {
		return 0, &api.BadRequestError{Err: errors.New(`body: no state: want {"state": "installed"}, or DELETE for that of the file`)}
	}
	return *body.State, nil
}

func parseHostQuery(r *http.Request) (q api.HostQuery, err error) {
	v := r.URL.Query()
	q = api.HostQuery{Name: v.Get("name"), State: v.Get("state"), MAC: v.Get("mac"), After: v.Get("after")}
	q.Limit, err = parseLimit(v.Get("limit"))
	return q, err
}
