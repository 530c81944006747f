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

// stateRoutes gives the operations on the states of known machines, and on the
// DUIDs that are pinned to them.
func stateRoutes(b Backend) []route {
	return []route{{
		method: "POST", path: "/v1/hosts/{name}/{state}", access: admin,
		summary: "Set the state of a machine, durably, and with installed pin a DUID to it",
		params:  duidParams(),
		body:    duidBody{},
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound, http.StatusConflict},
		serve:   func(r *http.Request) (any, error) { return postState(b, r) },
	}, {
		method: "PUT", path: "/v1/hosts/{name}/state", access: admin,
		summary: "Set the state of a machine, durably",
		body:    stateBody{},
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound},
		serve: func(r *http.Request) (any, error) {
			s, err := parseStateBody(r)
			if err != nil {
				return nil, err
			}
			return b.SetState(r.Context(), r.PathValue("name"), s)
		},
	}, {
		method: "DELETE", path: "/v1/hosts/{name}/state", access: admin,
		summary: "Give a machine the state back that its source says, durably",
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound},
		serve:   func(r *http.Request) (any, error) { return b.ResetState(r.Context(), r.PathValue("name")) },
	}, {
		method: "PUT", path: "/v1/hosts/{name}/duid", access: admin,
		summary: "Pin the DUID of its installed system to a machine, durably",
		params:  duidParams(),
		body:    duidBody{},
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound, http.StatusConflict},
		serve:   func(r *http.Request) (any, error) { return putDUID(b, r) },
	}, {
		method: "DELETE", path: "/v1/hosts/{name}/duid", access: admin,
		summary: "Forget the DUID that was pinned to a machine, durably",
		answer:  api.Host{},
		fails:   []int{http.StatusNotFound},
		serve:   func(r *http.Request) (any, error) { return b.Unpin(r.Context(), r.PathValue("name")) },
	}}
}

func duidParams() []param {
	return []param{{"duid", "of the installed system, in hexadecimal; it may be in the body instead", nil}}
}

// postState answers POST /v1/hosts/NAME/STATE.
func postState(b Backend, r *http.Request) (any, error) {
	s, err := api.ParseState(r.PathValue("state"))
	if err != nil {
		return nil, err
	}
	if s != host.Installed {
		return b.SetState(r.Context(), r.PathValue("name"), s)
	}
	duid, err := parseDUID(r)
	if err != nil {
		return nil, err
	}
	return b.SetInstalled(r.Context(), r.PathValue("name"), duid)
}

// putDUID answers PUT /v1/hosts/NAME/duid.
func putDUID(b Backend, r *http.Request) (any, error) {
	duid, err := parseDUID(r)
	if err == nil && duid == "" {
		err = &api.BadRequestError{Err: errors.New(`no DUID: want {"duid": "00:04:..."}, or DELETE to forget the one that is pinned`)}
	}
	if err != nil {
		return nil, err
	}
	return b.Pin(r.Context(), r.PathValue("name"), duid)
}

// stateBody is the body of PUT /v1/hosts/NAME/state.
type stateBody struct {
	State *host.State `json:"state"`
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
