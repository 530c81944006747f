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

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/stage6/stage6/internal/api"
	"github.com/stage6/stage6/internal/assembly"
	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/privilege"
)

// shutdownTime is how long requests to the API may still take at the end.
const shutdownTime = 5 * time.Second

// Bounds for those who ask from other machines.
const (
	mostConnections = 512
	headerTime      = 5 * time.Second  // from the connection to the last octet of the header
	requestTime     = 10 * time.Second // from the first octet to the last of the answer
	mostHeader      = 8 << 10
)

// tokenListener is where installers ask.
type tokenListener struct{ net.Listener }

// listenEndpoint opens an endpoint of the API.
func (s *service) listenEndpoint(ctx context.Context, e config.Endpoint, user *privilege.User) (net.Listener, error) {
	if path, ok := e.Socket(); ok {
		return listenAPI(ctx, path, user)
	}
	address, ok := e.HTTP()
	if !ok {
		return nil, fmt.Errorf("api: %q: want unix:PATH or http://[ADDRESS]:PORT", e)
	}
	return listenTokens(ctx, address, s.guests)
}

// listenTokens opens the place where installers ask. It may be an address that
// this machine has not got yet.
func listenTokens(ctx context.Context, a netip.AddrPort, g *guests) (net.Listener, error) {
	l, err := (&net.ListenConfig{Control: beforeBind}).Listen(ctx, "tcp", a.String())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("api: http://%s: the port is in use, which ss -tlpn 'sport = :%d' explains: take another one", a, a.Port())
	case err != nil:
		return nil, fmt.Errorf("api: http://%s: %w", a, err)
	}
	return tokenListener{netutil.LimitListener(guestListener{l, g}, mostConnections)}, nil
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
	for _, l := range s.apis {
		web := s.webServer(l)
		web.Handler = countRequests(s.requests, web.Handler)
		g.Go(func() error {
			if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			return shutDown(context.WithoutCancel(ctx), web)
		})
	}
	return g.Wait()
}

// webServer makes the HTTP server for an endpoint: everything for
// administrators, little and in narrow bounds for other machines.
func (s *service) webServer(l net.Listener) *http.Server {
	if _, ok := l.(tokenListener); !ok {
		return &http.Server{
			Handler:           api.NewHandler(s, s.gatherer()),
			ReadHeaderTimeout: 10 * time.Second,
			MaxHeaderBytes:    1 << 16,
		}
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
		a, ok := e.HTTP()
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
