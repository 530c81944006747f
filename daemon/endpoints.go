package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/credentials"
	"github.com/stage6/stage6/internal/privilege"
)

// shutdownTime is how long requests to the API may still take at the end.
const shutdownTime = 5 * time.Second

// Bounds for those who ask from other machines.
const (
	mostConnections = 512
	headerTime      = 5 * time.Second  // from the connection to the last octet of the header
	requestTime     = 10 * time.Second // from the first octet to the last of the answer, without TLS
	idleTime        = time.Minute      // between two requests
	mostHeader      = 8 << 10
)

// endpoint is a place where the API answers, open.
type endpoint struct {
	net.Listener
	config.Endpoint
	keys *credentials.Keys // of https://
}

// listenEndpoint opens an endpoint of the API.
func (s *service) listenEndpoint(ctx context.Context, e config.Endpoint, user *privilege.User) (*endpoint, error) {
	if path, ok := e.Socket(); ok {
		l, err := listenAPI(ctx, path, user)
		return &endpoint{Listener: l, Endpoint: e}, err
	}
	address, ok := e.TCP()
	if !ok {
		return nil, fmt.Errorf("api: %q: want unix:PATH, http://[ADDRESS]:PORT or https: with its files", e)
	}
	l, err := listenTCP(ctx, address, s.guests)
	if err != nil {
		return nil, fmt.Errorf("api: %s: %w", e, err)
	}
	return &endpoint{Listener: l, Endpoint: e}, nil
}

// listenTCP opens a place where other machines ask. It may be an address that
// this machine has not got yet.
func listenTCP(ctx context.Context, a netip.AddrPort, g *guests) (net.Listener, error) {
	l, err := (&net.ListenConfig{Control: beforeBind}).Listen(ctx, "tcp", a.String())
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the port is in use, which ss -tlpn 'sport = :%d' explains: take another one", a.Port())
	}
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(guestListener{l, g}, mostConnections), nil
}

// beforeBind lets a socket have an address that comes later.
func beforeBind(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_IP, unix.IP_FREEBIND, 1)
	})
	return errors.Join(err, failed)
}

// serveAPI answers requests until ctx ends.
func (s *service) serveAPI(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, e := range s.apis {
		web := s.webServer(e)
		web.Handler = countRequests(s.requests, web.Handler)
		g.Go(func() error {
			if err := e.serve(web); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		if e.keys != nil {
			g.Go(func() error { return e.keys.Run(ctx, s.endpointLog(e)) })
		}
		g.Go(func() error {
			<-ctx.Done()
			return shutDown(context.WithoutCancel(ctx), web)
		})
	}
	return g.Wait()
}

// serve answers with a server until that is shut down.
func (e *endpoint) serve(web *http.Server) error {
	if e.keys == nil {
		return web.Serve(e)
	}
	return web.ServeTLS(e, "", "") // the certificate is in its settings
}

// endpointLog gives the log of what happens at an endpoint.
func (s *service) endpointLog(e *endpoint) logrus.FieldLogger {
	return s.log.WithFields(logrus.Fields{"room": "api", "endpoint": e.URL})
}

// webServer makes the HTTP server of an endpoint: everything for administrators
// over the unix socket, what API tokens allow over TLS, and little for who has
// neither.
func (s *service) webServer(e *endpoint) *http.Server {
	switch _, isSocket := e.Socket(); {
	case e.keys != nil:
		return s.secureServer(e)
	case isSocket:
		return &http.Server{Handler: api.NoSites(api.NewHandler(s, s.gatherer())), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 16}
	}
	web := &http.Server{
		Handler:           api.NewTokenHandler(s),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime,
		MaxHeaderBytes:    mostHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers do not fill the log
	}
	web.SetKeepAlivesEnabled(false)
	return web
}

// secureServer makes the HTTP server of an endpoint with TLS. Its handler bounds
// what a request takes, since some may wait.
func (s *service) secureServer(e *endpoint) *http.Server {
	gate := credentials.NewGate(e.keys, s.ends, s.endpointLog(e), time.Now)
	return &http.Server{
		Handler:           api.NewRemoteHandler(s, s.gatherer(), gate),
		TLSConfig:         e.keys.TLS(),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    mostHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers do not fill the log
	}
}

// shutDown lets requests end that are open.
func shutDown(ctx context.Context, web *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	if err := web.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return web.Close() // who has not asked by now does not keep the server
}

// absentEndpoints names the addresses of the API that are not there.
func absentEndpoints(endpoints config.Endpoints, interfaces []assembly.Interface) (out []string) {
	for _, e := range endpoints {
		a, ok := e.TCP()
		if !ok || !a.Addr().IsGlobalUnicast() {
			continue
		}
		there := slices.ContainsFunc(interfaces, func(i assembly.Interface) bool { return slices.Contains(i.Addresses, a.Addr()) })
		if !there {
			out = append(out, fmt.Sprintf("api: no interface has the address %s: nobody can ask there until one has it", a.Addr()))
		}
	}
	return out
}
