package web

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/api"
)

// Proxy answers a browser on this machine with what a server answers.
type Proxy struct {
	secret string
	routes *http.ServeMux
}

// NewProxy makes a proxy to the server that a transport reaches, for a browser
// which knows a secret: the first part of the path of all that it asks. What the
// page asks is passed on, and nothing else; changes only where write says so.
func NewProxy(server http.RoundTripper, secret string, write bool) *Proxy {
	p := &Proxy{secret, http.NewServeMux()}
	pass := &httputil.ReverseProxy{
		Transport:    server,
		Rewrite:      rewrite,
		ErrorHandler: unreachable,
		ErrorLog:     log.New(io.Discard, "", 0), // a browser that goes away is no news
	}
	for _, pattern := range asked(write) {
		p.routes.Handle(pattern, pass)
	}
	p.routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "web/")
		w.WriteHeader(http.StatusSeeOther)
	})
	if !write {
		p.routes.HandleFunc("GET /v1/access", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, api.Access{Access: "read"})
		})
	}
	p.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusForbidden, fmt.Sprintf("%s %s is not passed on: stage6 web shows, and with --write changes, what the page does", r.Method, r.URL.Path))
	})
	return p
}

// asked gives the patterns of what the page asks the server for.
func asked(write bool) []string {
	patterns := []string{
		"GET /web/", "GET /v1/health", "GET /v1/hosts", "GET /v1/hosts/{name}", "GET /v1/leases", "GET /v1/events",
		"GET /v1/explain", "GET /v1/pools", "GET /v1/links",
	}
	if write {
		patterns = append(patterns, "GET /v1/access", "POST /v1/hosts/{name}/{state}", "DELETE /v1/leases/{prefix...}")
	}
	return patterns
}

// ServeHTTP answers who asks this machine by a name that no other one can have,
// and knows the secret.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if !loopback(r.Host) {
		// The name of a page elsewhere stands for this machine (DNS rebinding).
		refuse(w, http.StatusMisdirectedRequest, fmt.Sprintf("this is not %s: ask at 127.0.0.1, [::1] or localhost", r.Host))
		return
	}
	secret, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if subtle.ConstantTimeCompare([]byte(secret), []byte(p.secret)) != 1 {
		refuse(w, http.StatusNotFound, "there is nothing here: open the address that stage6 web printed")
		return
	}
	http.NewCrossOriginProtection().Handler(http.StripPrefix("/"+p.secret, p.routes)).ServeHTTP(w, r)
}

// loopback says whether the host of a URL is this machine for everybody.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

// rewrite lets of a browser's headers go on what the server needs: that it comes
// from the page is known by now.
func rewrite(r *httputil.ProxyRequest) {
	header := http.Header{}
	for _, name := range []string{"Accept", "Content-Type", "If-None-Match", "Last-Event-Id"} {
		if value := r.In.Header.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	r.Out.Header, r.Out.Host = header, ""
}

// unreachable answers where the server does not.
func unreachable(w http.ResponseWriter, _ *http.Request, err error) {
	refuse(w, http.StatusBadGateway, err.Error())
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, api.Problem{Error: why})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The browser went away if this fails; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(value)
}
