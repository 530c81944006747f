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

// Health asks how the server is.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	return h, c.do(ctx, http.MethodGet, "/v1/health", &h)
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
	var p Problem
	if json.Unmarshal(text, &p) != nil || p.Error == "" {
		p.Error = resp.Status
	}
	return errorOf(resp.StatusCode, p.Error)
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
