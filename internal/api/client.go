package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// Client asks a server. It is safe for concurrent use.
type Client struct {
	address string // as it was given
	base    string // of URLs
	http    *http.Client
}

// NewClient makes a client of the server at an address such as
// unix:/run/stage6/api.sock, or, for what is asked with tokens, such as
// http://[2001:db8:10::2]:8067.
func NewClient(address string) (*Client, error) {
	if strings.HasPrefix(address, "http://") {
		return &Client{address, strings.TrimSuffix(address, "/"), &http.Client{Timeout: time.Minute}}, nil
	}
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return nil, fmt.Errorf("API address %q: want unix:PATH, or http://[ADDRESS]:PORT for tokens", address)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{address, "http://stage6", &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: time.Minute}}, nil
}

// ErrNoServer says that no server answers at the address.
var ErrNoServer = errors.New("no server answers")

// Health asks how the server is.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	return h, c.do(ctx, http.MethodGet, "/v1/health", &h)
}

// Leases asks for one page of leases.
func (c *Client) Leases(ctx context.Context, q Query) (p Page, err error) {
	v := values(map[string]string{
		"address": q.Address, "duid": q.DUID, "mac": q.MAC, "host": q.Host, "state": q.State, "after": q.After,
	}, q.Limit)
	return p, c.do(ctx, http.MethodGet, "/v1/leases?"+v.Encode(), &p)
}

// values makes the parameters of a page, without those that are empty.
func values(fields map[string]string, limit int) url.Values {
	v := url.Values{}
	for name, value := range fields {
		if value != "" {
			v.Set(name, value)
		}
	}
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}

// Release ends a lease and gives it as it was.
func (c *Client) Release(ctx context.Context, p netip.Prefix) (l Lease, err error) {
	return l, c.do(ctx, http.MethodDelete, "/v1/leases/"+p.String(), &l)
}

// Verify has the server check its leases.
func (c *Client) Verify(ctx context.Context) (v Verification, err error) {
	return v, c.do(ctx, http.MethodGet, "/v1/verify", &v)
}

// Hosts asks for one page of hosts.
func (c *Client) Hosts(ctx context.Context, q HostQuery) (p HostPage, err error) {
	v := values(map[string]string{"name": q.Name, "state": q.State, "mac": q.MAC, "after": q.After}, q.Limit)
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

// NewToken asks for the one-time token that a host has now.
func (c *Client) NewToken(ctx context.Context, name string) (t Token, err error) {
	return t, c.do(ctx, http.MethodGet, hostPath(name)+"/token", &t)
}

// VerifyToken asks whom a token stands for.
func (c *Client) VerifyToken(ctx context.Context, token string) (t Token, err error) {
	return t, c.doBody(ctx, "/v1/tokens/verify", said{Token: token}, &t)
}

// UseToken says that the host of a token is installed, with the DUID of its
// system unless that is empty.
func (c *Client) UseToken(ctx context.Context, token string, duid ident.DUID) (i Installation, err error) {
	return i, c.doBody(ctx, "/v1/installed", said{Token: token, DUID: duid}, &i)
}

func hostPath(name string) string { return "/v1/hosts/" + url.PathEscape(name) }

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	return c.send(ctx, method, path, nil, into)
}

// doBody posts a value as JSON.
func (c *Client) doBody(ctx context.Context, path string, value, into any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, path, bytes.NewReader(body), into)
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.explain(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	var p problem
	if json.Unmarshal(text, &p) != nil || p.Error == "" {
		p.Error = resp.Status
	}
	switch resp.StatusCode {
	case http.StatusNotFound:
		return &NotFoundError{strings.TrimSuffix(p.Error, " not found")}
	case http.StatusBadRequest:
		return &BadRequestError{errors.New(p.Error)}
	case http.StatusConflict:
		return &ConflictError{errors.New(p.Error)}
	case http.StatusForbidden:
		return &ForbiddenError{errors.New(p.Error)}
	}
	return errors.New(p.Error)
}

// explain says what to do about a socket that cannot be reached.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w at %s: is stage6 serve running with this configuration?", ErrNoServer, c.address)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: permission denied: run this as root or as a member of the socket's group", c.address)
	}
	return err
}
