package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Client asks a server. It is safe for concurrent use.
type Client struct {
	address string // as it was given
	base    string // of URLs
	http    *http.Client
	tls     *tls.Config
	token   func() (string, error) // that is shown; nil: none
}

// NewClient makes a client of the server at an address: unix: and the path of
// its socket, such as unix:/run/stage6/api.sock; https:// with an address and a
// port, such as https://[2001:db8:10::2]:8443, which wants WithToken or
// WithTokenFile; or, for what is asked with one-time tokens, http:// likewise.
func NewClient(address string, options ...Option) (*Client, error) {
	c := &Client{address: address, base: strings.TrimSuffix(address, "/"), tls: &tls.Config{MinVersion: tls.VersionTLS12}}
	for _, option := range options {
		if err := option(c); err != nil {
			return nil, err
		}
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// transport gives the way to the server. Only over TLS goes a token with it.
func (c *Client) transport() (*http.Transport, error) {
	path, isSocket := strings.CutPrefix(c.address, "unix:")
	switch u, err := url.Parse(c.address); {
	case isSocket:
		c.base, c.token = "http://stage6", nil // who can open the socket may ask for everything
		return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}}, nil
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("API address %q: want unix:PATH, https://[ADDRESS]:PORT with an API token, or http://[ADDRESS]:PORT for one-time tokens", c.address)
	case u.Scheme == "http" && c.token != nil:
		return nil, fmt.Errorf("API address %q: whoever is on the way could read the API token: want https://", c.address)
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: c.tls, ForceAttemptHTTP2: true}, nil
}

// Health asks how the server is.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	return h, c.do(ctx, http.MethodGet, "/v1/health", &h)
}

// Ready asks whether the server answers DHCP messages, and if not, why. That it
// does not is no error.
func (c *Client) Ready(ctx context.Context) (r Readiness, err error) {
	ctx, cancel := context.WithTimeout(ctx, usualTime)
	defer cancel()
	resp, err := c.open(ctx, http.MethodGet, "/v1/ready", nil, "")
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		return r, problemOf(resp)
	}
	return r, json.NewDecoder(resp.Body).Decode(&r)
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

// usualTime is how long a request takes at most, beside what it waits for.
const usualTime = time.Minute

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
	ctx, cancel := context.WithTimeout(ctx, usualTime)
	defer cancel()
	return c.exchange(ctx, method, path, body, into)
}

// exchange is send for as long as ctx allows.
func (c *Client) exchange(ctx context.Context, method, path string, body io.Reader, into any) error {
	resp, err := c.open(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return problemOf(resp)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// open sends a request and gives the answer, whose body the caller closes.
func (c *Client) open(ctx context.Context, method, path string, body io.Reader, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	if err := c.show(req.Header); err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.explain(err)
	}
	return resp, nil
}

// show adds the client's token, if there is one, to the header of a request.
func (c *Client) show(h http.Header) error {
	if c.token == nil {
		return nil
	}
	token, err := c.token()
	if err == nil {
		h.Set("Authorization", "Bearer "+token)
	}
	return err
}

// problemOf gives the error that an answer stands for.
func problemOf(resp *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	var p Problem
	if json.Unmarshal(text, &p) != nil || p.Error == "" {
		p.Error = resp.Status
	}
	return errorOf(resp.StatusCode, p)
}

// explain says what to do about a server that cannot be reached.
func (c *Client) explain(err error) error {
	var unknown x509.UnknownAuthorityError
	var misnamed x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%s: nobody that is trusted signed its certificate: name who did, or pin it: %w", c.address, err)
	case errors.As(err, &misnamed):
		return fmt.Errorf("%s: its certificate is not for this address: ask by a name that it has, or pin it: %w", c.address, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w at %s: is stage6 serve running with this configuration?", ErrNoServer, c.address)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: permission denied: run this as root or as a member of the socket's group", c.address)
	}
	return err
}
