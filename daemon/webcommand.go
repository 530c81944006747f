package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/web"
)

// webFlags are the flags of web.
type webFlags struct {
	listen string
	write  bool
}

func (p *program) webCommand() *cobra.Command {
	f := &webFlags{}
	c := &cobra.Command{
		Use:   "web",
		Short: "Show the running server in a browser on this machine",
		Long: `Show the running server in a browser on this machine: machines by stage as they
boot, what became of a machine's messages, pools, and what is wrong. The address
to open is printed. It has a secret in it, which is another one each time, so that
only who can read it sees the page. Ctrl-C ends it.

The page changes nothing unless --write is given. Nothing but what the page asks
for is passed on to the server, and nobody can ask from another machine: where
the browser is on another one, forward the port to there with ssh -L.

The server is asked over its API: --api, else the socket of the configuration.`,
		Example: `  stage6 web
  stage6 web --write --listen 127.0.0.1:8066
  ssh -t -L 8080:127.0.0.1:8080 root@server stage6 web`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := firstSignal(c.Context())
			defer stop()
			return p.web(ctx, f)
		},
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8080", "where to answer: an `address` and port of this machine alone; port 0 for a free one")
	c.Flags().BoolVar(&f.write, "write", false, "let the page set states of machines and release leases")
	return c
}

// web serves the page until ctx ends.
func (p *program) web(ctx context.Context, f *webFlags) error {
	address, err := loopbackAddress(f.listen)
	if err != nil {
		return &usageError{err}
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	if err := mayShow(ctx, c, f.write); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address.String())
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("--listen %s: the port is in use: take another one, or port 0 for a free one", address)
	}
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	secret := rand.Text()
	fmt.Fprintf(p.stdout, "http://%s/%s/\n", l.Addr(), secret)
	return serveUntil(ctx, l, web.NewProxy(c, secret, f.write))
}

// loopbackAddress reads an address that nobody reaches from another machine.
func loopbackAddress(text string) (netip.AddrPort, error) {
	if port, ok := strings.CutPrefix(text, "localhost:"); ok {
		text = "127.0.0.1:" + port
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil || !a.Addr().IsLoopback() {
		return a, fmt.Errorf("--listen %q: want an address of this machine alone with a port, such as 127.0.0.1:8080 or [::1]:8080: browsers on other machines ask at an https:// endpoint, or through ssh -L", text)
	}
	return a, nil
}

// mayShow asks the server whether it can be looked at, and changed.
func mayShow(ctx context.Context, c *api.Client, write bool) error {
	a, err := c.Access(ctx)
	if err != nil {
		return explainAccess(err)
	}
	if write && a.Access == "read" {
		return errors.New("--write: the API token may only read: take one with the role admin, or leave --write out")
	}
	return nil
}

// serveUntil answers requests until ctx ends. Who waits for events then waits no
// more.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 16, ErrorLog: log.New(io.Discard, "", 0)}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return s.Close()
	})
	return g.Wait()
}
