package sink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/event"
)

var two = Batch{Events: []event.Event{{Seq: 7, Kind: event.Leased, Host: "web01"}, {Seq: 9, Kind: event.Denied}}, Missed: 3}

// post delivers two events to a server.
func post(t *testing.T, url string, w Webhook) error {
	t.Helper()
	w.URL, w.Server, w.Agent = url, "dhcp1", "stage6/test"
	if w.Timeout == 0 {
		w.Timeout = time.Minute
	}
	d := NewWebhook(w)
	defer d.Close()
	return d.Deliver(t.Context(), &two)
}

// request is what a receiver got.
type request struct {
	header http.Header
	body   []byte
}

// receive gives a server that takes everything, and what it got.
func receive(t *testing.T) (*httptest.Server, <-chan request) {
	got := make(chan request, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- request{r.Header, body}
	}))
	t.Cleanup(s.Close)
	return s, got
}

func TestABatchIsOneRequest(t *testing.T) {
	s, got := receive(t)
	if err := post(t, s.URL+"/hook", Webhook{}); err != nil {
		t.Fatal(err)
	}
	r := <-got
	var m struct {
		Server string
		Missed uint64
		Events []struct {
			Seq  uint64
			Kind string
		}
	}
	if err := json.Unmarshal(r.body, &m); err != nil {
		t.Fatal(err)
	}
	if m.Server != "dhcp1" || m.Missed != 3 || len(m.Events) != 2 || m.Events[1].Seq != 9 || m.Events[1].Kind != "denied" {
		t.Errorf("got %s", r.body)
	}
	if r.header.Get("Content-Type") != "application/json" || r.header.Get("Webhook-Id") != "dhcp1-7-9" || r.header.Get("User-Agent") != "stage6/test" {
		t.Errorf("header %v", r.header)
	}
	if r.header.Get("Authorization") != "" || r.header.Get("Webhook-Signature") != "" {
		t.Errorf("header %v without a secret", r.header)
	}
}

func TestARequestIsSigned(t *testing.T) {
	s, got := receive(t)
	key, err := ParseKey(" whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef01234567")) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := post(t, s.URL, Webhook{Key: key, Token: "t0ken"}); err != nil {
		t.Fatal(err)
	}
	r := <-got
	mac := hmac.New(sha256.New, []byte("0123456789abcdef01234567"))
	mac.Write([]byte(r.header.Get("Webhook-Id") + "." + r.header.Get("Webhook-Timestamp") + "." + string(r.body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.header.Get("Webhook-Signature") != want {
		t.Errorf("signature %q, want %q", r.header.Get("Webhook-Signature"), want)
	}
	if r.header.Get("Authorization") != "Bearer t0ken" {
		t.Errorf("header %v", r.header)
	}
}

// TestASignatureIsThatOfTheStandard has the example of standardwebhooks.com.
func TestASignatureIsThatOfTheStandard(t *testing.T) {
	key, err := ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysAndTokensAreChecked(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "short": "secret", "no base64": "whsec_!!!", "short base64": "whsec_c2VjcmV0"} {
		if _, err := ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s key: %v", name, err)
		}
	}
	for name, text := range map[string]string{"empty": " \n", "two words": "to ken", "a line break": "to\nken", "no ASCII": "tökén"} {
		if _, err := ParseToken(text); err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("%s token: %v", name, err)
		}
	}
}

func TestAnswersAreJudged(t *testing.T) {
	var refused *RefusedError
	var later *LaterError
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		ok     func(err error) bool
	}{
		"taken":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, func(err error) bool { return err == nil }},
		"refused":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(422) }, func(err error) bool { return errors.As(err, &refused) }},
		"no right": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, func(err error) bool { return err != nil && !errors.As(err, &refused) }},
		"broken":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, func(err error) bool { return err != nil && !errors.As(err, &refused) }},
		"moved": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, func(err error) bool { return err != nil }},
		"busy for a while":   {busy("7"), func(err error) bool { return errors.As(err, &later) && later.After == 7*time.Second }},
		"busy for ever":      {busy("99999999"), func(err error) bool { return errors.As(err, &later) && later.After == maxWait }},
		"busy until a date":  {busy("Fri, 31 Dec 1999 23:59:59 GMT"), func(err error) bool { return err != nil }},
		"garbage":            {hijack("\x16\x03garbage\r\n\r\n"), func(err error) bool { return err != nil }},
		"nothing":            {hijack(""), func(err error) bool { return err != nil }},
		"a header of 1 MB":   {hijack("HTTP/1.1 200 OK\r\nx: " + strings.Repeat("x", 1<<20)), func(err error) bool { return err != nil }},
		"a body of 10 MB":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 10<<20)) }, func(err error) bool { return err == nil }},
		"an answer too slow": {hang, func(err error) bool { var n net.Error; return errors.As(err, &n) && n.Timeout() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(c.answer))
			defer s.Close()
			refused, later = nil, nil
			w := Webhook{}
			if name == "an answer too slow" {
				w.Timeout = 50 * time.Millisecond
			}
			if err := post(t, s.URL, w); !c.ok(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func busy(after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// hang answers when the client has given up.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// hijack answers with octets.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, text) // the client may have had enough
	}
}

func TestErrorsDoNotShowTheURL(t *testing.T) {
	err := post(t, "http://user:pass@[::1]:1/secret-path?token=abc", Webhook{Token: "t0ken"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, secret := range []string{"pass", "secret-path", "abc", "t0ken"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%v shows %q", err, secret)
		}
	}
}

func TestOnlyTheCAThatIsNamedIsTrusted(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	if err := post(t, s.URL, Webhook{CAs: pool}); err != nil {
		t.Errorf("with its CA: %v", err)
	}
	if err := post(t, s.URL, Webhook{CAs: x509.NewCertPool()}); err == nil {
		t.Error("without its CA there is no error")
	}
}

func TestARequestEndsWithItsContext(t *testing.T) {
	asked := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { close(asked); hang(w, r) }))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	d := NewWebhook(Webhook{URL: s.URL, Timeout: time.Minute})
	defer d.Close()
	if err := d.Deliver(ctx, &two); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
