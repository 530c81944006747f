package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/event"
	handlers "github.com/stage6/stage6/internal/api"
)

// gate knows the tokens reader and admin.
type gate struct{}

func (gate) Find(token string) (name string, admin, ok bool) {
	return token, token == "admin", token == "admin" || token == "reader"
}
func (gate) Missing() error                     { return &api.UnauthorizedError{Err: errors.New("no token")} }
func (gate) Wrong(netip.Addr) error             { return &api.UnauthorizedError{Err: errors.New("a wrong token")} }
func (gate) ReadOnly(string) error              { return &api.ForbiddenError{Err: errors.New("read-only")} }
func (gate) Changed(string, *http.Request, int) {}

// write makes a file and gives its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClientsTrustWhomTheyAreToldTo(t *testing.T) {
	s := httptest.NewUnstartedServer(handlers.NewRemoteHandler(server{}, prometheus.NewRegistry(), gate{}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that trust it not
	s.StartTLS()
	defer s.Close()
	sum := fmt.Sprintf("%X", sha256.Sum256(s.Certificate().Raw))
	ca := write(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	for name, c := range map[string]struct {
		options []api.Option
		want    string
	}{
		"an authority":                {[]api.Option{api.WithToken("reader"), api.WithCA(ca)}, ""},
		"a pin":                       {[]api.Option{api.WithToken("reader"), api.WithPin(sum)}, ""},
		"a token of a file":           {[]api.Option{api.WithTokenFile(write(t, "reader\n")), api.WithCA(ca)}, ""},
		"nobody":                      {[]api.Option{api.WithToken("reader")}, "nobody that is trusted signed its certificate"},
		"the pin of another one":      {[]api.Option{api.WithToken("reader"), api.WithPin(strings.Repeat("00:", 31) + "00")}, "has the fingerprint"},
		"an authority and no token":   {[]api.Option{api.WithCA(ca)}, "no token"},
		"an authority, a wrong token": {[]api.Option{api.WithToken("x"), api.WithCA(ca)}, "a wrong token"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := api.NewClient(s.URL, c.options...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Leases(t.Context(), api.LeaseQuery{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNewClientRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		option  api.Option
		want    string
	}{
		"a token without TLS":       {"http://[::1]:80", api.WithToken("x"), "could read the API token: want https://"},
		"an empty token":            {"https://[::1]", api.WithToken(" "), "the API token is empty"},
		"a token file of two lines": {"https://[::1]", api.WithTokenFile(write(t, "a\nb")), "want a file that has the token and nothing else"},
		"no token file":             {"https://[::1]", api.WithTokenFile("/nothing"), "no such file"},
		"a pin that is short":       {"https://[::1]", api.WithPin("00:11"), "want the 64 hexadecimal digits"},
		"an authority that is none": {"https://[::1]", api.WithCA(write(t, "x")), "has no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := api.NewClient(c.address, c.option); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestErrorsHaveTheTypesOfTheirStatuses(t *testing.T) {
	for status, is := range map[int]func(error) bool{
		400: is[*api.BadRequestError], 401: is[*api.UnauthorizedError], 403: is[*api.ForbiddenError], 404: is[*api.NotFoundError],
		409: is[*api.ConflictError], 412: is[*api.PreconditionError], 429: is[*api.TooManyError], 503: is[*api.BusyError],
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"error":"it is so"}`)
		}))
		c, err := api.NewClient(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(t.Context()); !is(err) || !strings.HasPrefix(err.Error(), "it is so") {
			t.Errorf("status %d is %T %v", status, err, err)
		}
		s.Close()
	}
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// watched gives what a client makes of a stream, as texts.
func watched(t *testing.T, stream string) (told []string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "text/event-stream" || r.URL.RawQuery != "host=web01&since=now" {
			t.Errorf("it asks for %q as %q", r.URL, r.Header.Get("Accept"))
		}
		fmt.Fprint(w, stream)
	}))
	defer s.Close()
	c, err := api.NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range c.Watch(t.Context(), api.EventQuery{Now: true, Host: "web01", Limit: 3}) {
		if err != nil {
			told = append(told, err.Error())
		} else {
			told = append(told, fmt.Sprint(e.Seq, " ", e.Kind))
		}
	}
	return told
}

func TestStreamsOfEvents(t *testing.T) {
	const one = "id: 7\nevent: denied\ndata: {\"seq\":7,\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"denied\"}\n\n"
	for name, c := range map[string]struct {
		stream string
		want   []string
	}{
		"an event, and the end":       {":\n\n" + one + "event: ended\ndata: {}\n\n", []string{"7 denied", "the server has ended"}},
		"events that are missing":     {"event: missed\ndata: {\"missed\":2}\n\n" + one + "event: ended\ndata: {}\n\n", []string{"2 events are no longer kept", "7 denied", "the server has ended"}},
		"a stream that is cut off":    {one, []string{"7 denied", io.ErrUnexpectedEOF.Error()}},
		"what is no event":            {"data: x\n\n" + one, []string{"invalid character 'x' looking for beginning of value"}},
		"an event without its end":    {strings.TrimSuffix(one, "\n"), []string{io.ErrUnexpectedEOF.Error()}},
		"a line that is far too long": {"data: " + strings.Repeat("x", 2<<20), []string{"bufio.Scanner: token too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := watched(t, c.stream); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "data: {\"seq\":1,\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"seen\"}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer s.Close()
	c, err := api.NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []event.Kind
	for e, err := range c.Watch(ctx, api.EventQuery{}) {
		if err != nil {
			t.Errorf("the end of its context is told as %v", err)
		}
		told = append(told, e.Kind)
		cancel()
	}
	if !slices.Equal(told, []event.Kind{event.Seen}) {
		t.Errorf("got %v", told)
	}
}

func TestAServerThatIsNotReadyIsNoError(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"ready":false,"reasons":["the disk is full"]}`)
	}))
	defer s.Close()
	c, err := api.NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Ready(t.Context()); err != nil || r.Ready || !slices.Equal(r.Reasons, []string{"the disk is full"}) {
		t.Errorf("got %+v, %v", r, err)
	}
}
