package api

import (
	"context"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stage6/stage6/api"
)

// Explain tells of the question, so that it can be seen how that came through.
func (b *backend) Explain(ctx context.Context, q api.ExplainQuery) (api.Explanations, error) {
	if q.Of == "slow" {
		b.asked <- struct{}{}
		<-ctx.Done()
	}
	if q.Of == "web99" {
		return api.Explanations{}, &api.NotFoundError{What: "host web99"}
	}
	told := api.Explanations{Of: q.Of, Next: q.Since + uint64(q.Last), Exchanges: []api.Explanation{{Message: "solicit", Time: time.Unix(int64(q.Wait/time.Second), 0).UTC()}}}
	if q.Drops {
		told.Kind = "drops"
	}
	return told, b.fail
}

func TestWhatBecameOfMessagesComesThrough(t *testing.T) {
	c := serve(t, &backend{})
	got, err := c.Explain(t.Context(), api.ExplainQuery{Of: "52:54:00:aa:bb:01", Last: 5, Since: 7, Drops: true, Wait: 3 * time.Second})
	want := api.Explanations{
		Of: "52:54:00:aa:bb:01", Kind: "drops", Next: 12,
		Exchanges: []api.Explanation{{Message: "solicit", Time: time.Unix(3, 0).UTC()}},
	}
	if diff := cmp.Diff(want, got, comparable, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestWrongQuestionsForMessages(t *testing.T) {
	h := NewHandler(&backend{}, prometheus.NewRegistry())
	for target, want := range map[string]string{
		"/v1/explain?last=1001":  `400 {"error":"last \"1001\": want a number of at most 1000"}`,
		"/v1/explain?last=-1":    `400 {"error":"last \"-1\": want a number of at most 1000"}`,
		"/v1/explain?since=new":  `400 {"error":"since \"new\": want a number of at most 9223372036854775808"}`,
		"/v1/explain?wait=3600":  `400 {"error":"wait \"3600\": want a number of at most 50"}`,
		"/v1/explain?drops=some": `400 {"error":"drops \"some\": want true or false"}`,
		"/v1/explain?of=web99":   `404 {"error":"host web99 not found"}`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if got := strings.TrimSpace(strings.Replace(w.Body.String(), "\n", "", -1)); !strings.HasPrefix(want, "4") || got != want[4:] || w.Code != int(want[0]-'0')*100+int(want[2]-'0') {
			t.Errorf("%s: %d %s, want %s", target, w.Code, got, want)
		}
	}
}

func (b *backend) Try(_ context.Context, t api.Try) (api.Explanations, error) {
	return api.Explanations{Exchanges: []api.Explanation{{Dry: true, Datagram: t.Messages[0].Datagram}}}, b.fail
}

func TestTriedMessagesComeThrough(t *testing.T) {
	c := serve(t, &backend{})
	got, err := c.Try(t.Context(), api.Try{Messages: []api.TryMessage{{Datagram: []byte{1, 2, 3}}}})
	if err != nil || len(got.Exchanges) != 1 || string(got.Exchanges[0].Datagram) != "\x01\x02\x03" || !got.Exchanges[0].Dry {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := c.Try(t.Context(), api.Try{}); err == nil || err.Error() != "0 messages: want 1 to 64" {
		t.Errorf("no messages: %v", err)
	}
}

func TestOnlySoManyAskForMessagesAtATime(t *testing.T) {
	b := &backend{asked: make(chan struct{})}
	h := NewHandler(b, prometheus.NewRegistry())
	ask := func(ctx context.Context, of string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/v1/explain?of="+of, nil))
		return w
	}
	ctx, end := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	for range maxAsking {
		slow.Go(func() { ask(ctx, "slow") })
		<-b.asked
	}
	if w := ask(t.Context(), "web01"); w.Code != 503 {
		t.Errorf("one more gets %d %s, want 503", w.Code, w.Body)
	}
	end()
	slow.Wait()
	if w := ask(t.Context(), "web01"); w.Code != 200 {
		t.Errorf("afterwards %d %s, want 200", w.Code, w.Body)
	}
}
