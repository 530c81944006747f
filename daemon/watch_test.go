package daemon

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	logtest "github.com/sirupsen/logrus/hooks/test"

	"github.com/stage6/stage6/internal/config"
	"github.com/stage6/stage6/internal/events"
	"github.com/stage6/stage6/internal/listen"
)

// listenUnix opens a socket, and gives its path.
func listenUnix(t *testing.T) (net.Listener, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return l, path
}

// streamEvents asks over a socket for events as they come.
func streamEvents(t *testing.T, path string) io.ReadCloser {
	t.Helper()
	var d net.Dialer
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://stage6/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Body
}

// A stream that the end of the server does not let go is cut off, after the time
// that requests have, in the middle of what it is sent.
func TestAStreamThatWaitsEndsWithTheServer(t *testing.T) {
	l, path := listenUnix(t)
	log, _ := logtest.NewNullLogger()
	s := &service{requests: newRequests(),
		log: log, metrics: prometheus.NewRegistry(), events: events.New(time.Now),
		apis: []*endpoint{{Listener: l, Endpoint: config.Endpoint{URL: "unix:" + path}}}, sockets: listen.New(nil, listen.Options{}),
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- s.serveAPI(ctx) }()
	go func() { ended <- s.announce(ctx, func(...string) error { return nil }) }()
	stream := streamEvents(t, path)
	defer stream.Close()
	end()
	if _, err := io.Copy(io.Discard, stream); err != nil {
		t.Errorf("the stream was cut off: %v", err)
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestAnInterruptEndsWatchAsWished(t *testing.T) {
	l, path := listenUnix(t)
	asked := make(chan struct{}, 1)
	web := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done() // nothing happens
	})}
	go func() { _ = web.Serve(l) }()
	defer web.Close()
	var stdout, stderr bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(t.Context(), nil, []string{"watch", "--api", "unix:" + path}, &stdout, &stderr) }()
	<-asked
	raise(t, syscall.SIGINT)
	if c := <-code; c != exitOK || stdout.Len()+stderr.Len() > 0 {
		t.Errorf("exit code %d, %s%s; want %d without a word", c, &stdout, &stderr, exitOK)
	}
}
