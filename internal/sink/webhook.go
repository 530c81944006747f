package sink

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/stage6/stage6/event"
)

// Webhook says where events are posted to, and how.
type Webhook struct {
	URL     string
	Timeout time.Duration  // of a request
	Token   string         // sent as Authorization: Bearer, unless empty
	Key     []byte         // that requests are signed with; nil: they are not
	CAs     *x509.CertPool // whose certificates are trusted; nil: those that the system trusts
	Server  string         // the name of this server
	Agent   string         // the program, as User-Agent has it
}

// webhook posts events.
type webhook struct {
	Webhook
	client *http.Client
}

// maxHeader bounds the header of an answer, in octets.
const maxHeader = 64 << 10

// NewWebhook makes a destination of a webhook.
func NewWebhook(w Webhook) Destination {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{RootCAs: w.CAs, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxHeader,
	}
	// Another address would be given the token: who moved says so in the answer.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &webhook{w, &http.Client{Transport: transport, Timeout: w.Timeout, CheckRedirect: stay}}
}

// message is the body of a request.
type message struct {
	Server string        `json:"server"`
	Events []event.Event `json:"events"`
	Missed uint64        `json:"missed"`
}

// Deliver is that of Destination.
func (w *webhook) Deliver(ctx context.Context, b *Batch) error {
	body, err := json.Marshal(message{w.Server, b.Events, b.Missed})
	if err != nil {
		return &RefusedError{err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return &RefusedError{unnamed(err)}
	}
	w.sign(r, id(w.Server, b), body, time.Now())
	answer, err := w.client.Do(r)
	if err != nil {
		return unnamed(err)
	}
	defer answer.Body.Close()
	// The connection is used again if the answer ends soon; what it says is for
	// nobody.
	_, _ = io.CopyN(io.Discard, answer.Body, maxHeader)
	return judge(answer)
}

// id names a batch: a receiver that has it already knows it by that.
func id(server string, b *Batch) string {
	return fmt.Sprintf("%s-%d-%d", server, b.Events[0].Seq, b.Events[len(b.Events)-1].Seq)
}

// sign sets the header, with a signature as standardwebhooks.com has it.
func (w *webhook) sign(r *http.Request, id string, body []byte, now time.Time) {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", w.Agent)
	r.Header.Set("Webhook-Id", id)
	stamp := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Webhook-Timestamp", stamp)
	if w.Key != nil {
		r.Header.Set("Webhook-Signature", signature(w.Key, id, stamp, body))
	}
	if w.Token != "" {
		r.Header.Set("Authorization", "Bearer "+w.Token)
	}
}

// unnamed takes the URL out of an error: there can be a secret in it.
func unnamed(err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}

// judge makes an error of an answer that is none of success.
func judge(answer *http.Response) error {
	code := answer.StatusCode
	if code/100 == 2 {
		return nil
	}
	err := fmt.Errorf("the receiver answers %d %s", code, http.StatusText(code))
	switch code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return &RefusedError{err}
	}
	if seconds, failed := strconv.Atoi(answer.Header.Get("Retry-After")); failed == nil && seconds > 0 {
		return &LaterError{err, time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second}
	}
	return err
}

// Close is that of Destination.
func (w *webhook) Close() error {
	w.client.CloseIdleConnections()
	return nil
}
