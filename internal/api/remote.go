package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stage6/stage6/api"
)

// Gate tells who asks from another machine. Its errors are for whoever asks.
type Gate interface {
	// Find gives the name of the API token that a text is, and whether it is that
	// of an administrator.
	Find(token string) (name string, admin, ok bool)
	Missing() error              // whoever asks shows no token
	Wrong(from netip.Addr) error // or one that is none
	ReadOnly(name string) error  // or one that may not do that
	// Changed is told of each request that could change something.
	Changed(name string, r *http.Request, status int)
}

// NewRemoteHandler makes the handler for those who ask from other machines over
// TLS, and have what their API tokens allow.
func NewRemoteHandler(b Backend, metrics prometheus.Gatherer, g Gate) http.Handler {
	door := &door{g}
	mux := http.NewServeMux()
	for _, r := range routes(b, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})) {
		mux.Handle(r.pattern(), door.before(r.access, r.answers()))
	}
	mux.Handle("/", door.before(reader, notThere(mux)))
	return hasty(sameOrigin(mux))
}

// The time that a request over TLS has.
const (
	bodyTime   = 30 * time.Second // to the last octet of its body
	answerTime = time.Minute      // to the last octet of the answer
)

// hasty lets nobody take longer than that, but where a route gives the time.
func hasty(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		// Who cannot have a deadline, such as a test, has none.
		_ = out.SetReadDeadline(time.Now().Add(bodyTime))
		_ = out.SetWriteDeadline(time.Now().Add(answerTime))
		h.ServeHTTP(w, r)
	})
}

// door lets those in who may have a route.
type door struct{ gate Gate }

// caller is who asks.
type caller struct {
	name   string // of an API token
	access access
}

// before serves those who may have what needs an access.
func (d *door) before(needed access, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := d.ask(r, needed)
		if err != nil {
			refuse(w, err)
			return
		}
		if who.access >= reader {
			// The operations for one-time tokens look for those in the same place.
			r.Header.Del("Authorization")
		}
		if needed < admin {
			as(who.access, h).ServeHTTP(w, r)
			return
		}
		kept := &statusKeeper{w, http.StatusOK}
		as(who.access, h).ServeHTTP(kept, r)
		d.gate.Changed(who.name, r, kept.status)
	})
}

// ask gives who asks, if he may have what needs an access.
func (d *door) ask(r *http.Request, needed access) (caller, error) {
	if needed == local {
		return caller{}, &api.ForbiddenError{Err: fmt.Errorf("%s %s is served over the unix socket alone: ask on the server's machine", r.Method, r.URL.Path)}
	}
	who, err := d.known(r, needed)
	switch {
	case err != nil:
		return who, err
	case who.access >= needed:
		return who, nil
	case who.access == everybody:
		return who, d.gate.Missing()
	}
	return who, d.gate.ReadOnly(who.name)
}

// known gives whom the header Authorization stands for. What takes a one-time
// token is left to judge itself what is no API token.
func (d *door) known(r *http.Request, needed access) (caller, error) {
	token, err := bearer(r.Header)
	switch {
	case needed == installer && (err != nil || token == ""):
		return caller{access: installer}, nil
	case err != nil:
		return caller{}, &api.UnauthorizedError{Err: err}
	case token == "":
		return caller{}, nil
	}
	name, isAdmin, ok := d.gate.Find(token)
	switch {
	case ok && isAdmin:
		return caller{name, admin}, nil
	case ok:
		return caller{name, reader}, nil
	case needed == installer:
		return caller{access: installer}, nil
	}
	return caller{}, d.gate.Wrong(addressOf(r))
}

// bearer gives the token in the header Authorization, or nothing where there is
// none.
func bearer(h http.Header) (string, error) {
	value := h.Get("Authorization")
	if value == "" {
		return "", nil
	}
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errors.New("header Authorization: want Bearer TOKEN")
	}
	return strings.TrimSpace(token), nil
}

// addressOf gives the address of whoever asks.
func addressOf(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	return a.Addr()
}

// refuse answers with an error of the door.
func refuse(w http.ResponseWriter, err error) {
	switch status := statusOf(err); status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="stage6"`)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	write(w, statusOf(err), api.Problem{Error: err.Error()})
}

// statusKeeper keeps the status of an answer.
type statusKeeper struct {
	http.ResponseWriter
	status int
}

// Unwrap lets http.ResponseController find what it looks for.
func (k *statusKeeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// WriteHeader keeps the status.
func (k *statusKeeper) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}
