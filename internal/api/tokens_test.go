package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
)

// right is the token that the backend of tests knows.
const right = "AcqhQMk8JmY3m2nTq0Jt7Ck1b3uX5dZ_"

var web01Token = api.Token{
	Host: "web01", State: host.Deploy, MACs: []ident.MAC{{0x52, 0x54, 0, 0xaa, 0xbb, 1}},
	Addresses: []string{"2001:db8:10::101"}, Expires: time.Date(2026, 2, 2, 12, 0, 0, 0, time.UTC),
}

func (b *backend) VerifyToken(text string) (api.Token, error) {
	if text != right {
		return api.Token{}, &api.ForbiddenError{Err: errors.New("the token is not one of this server's")}
	}
	return web01Token, b.fail
}

func (b *backend) UseToken(_ context.Context, text string, duid ident.DUID) (api.Installation, error) {
	if text != right {
		return api.Installation{}, &api.ForbiddenError{Err: errors.New("the token was used at 2026-02-01T12:00:00Z")}
	}
	return api.Installation{Host: "web01", State: host.Installed, DUID: duid}, b.fail
}

func (b *backend) NewToken(name string) (api.Token, error) {
	h, err := b.host(name)
	if h.State == host.Installed {
		return api.Token{}, &api.ConflictError{Err: errors.New(name + " is installed")}
	}
	t := web01Token
	t.Token = right
	return t, err
}

func TestClientAndHandlerUnderstandEachOtherAboutTokens(t *testing.T) {
	b := &backend{hosts: []api.Host{web01()}}
	web := httptest.NewServer(NewTokenHandler(b))
	defer web.Close()
	overTCP, err := api.NewClient(web.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, c := range map[string]*api.Client{"over the socket": serve(t, b), "over TCP": overTCP} {
		t.Run(name, func(t *testing.T) {
			got, err := c.VerifyToken(ctx, right)
			if diff := cmp.Diff(web01Token, got); diff != "" || err != nil {
				t.Errorf("VerifyToken: %v (-want +got)\n%s", err, diff)
			}
			var forbidden *api.ForbiddenError
			if _, err := c.VerifyToken(ctx, "wrong"); !errors.As(err, &forbidden) || err.Error() != "the token is not one of this server's" {
				t.Errorf("VerifyToken of a wrong one: %v", err)
			}
			if i, err := c.UseToken(ctx, right, "\x00\x03\x00\x01\x52"); err != nil || i.DUID != "\x00\x03\x00\x01\x52" || i.State != host.Installed {
				t.Errorf("UseToken with a DUID: %+v, %v", i, err)
			}
			if i, err := c.UseToken(ctx, right, ""); err != nil || i.DUID != "" {
				t.Errorf("UseToken: %+v, %v", i, err)
			}
			if _, err := c.UseToken(ctx, "wrong", ""); !errors.As(err, &forbidden) {
				t.Errorf("UseToken of a wrong one: %v", err)
			}
		})
	}
	if made, err := serve(t, b).NewToken(ctx, "web01"); err != nil || made.Token != right {
		t.Errorf("NewToken: %+v, %v", made, err)
	}
	var forbidden *api.ForbiddenError
	if _, err := overTCP.NewToken(ctx, "web01"); !errors.As(err, &forbidden) {
		t.Errorf("NewToken over TCP: %v", err)
	}
}

func TestWaysToSayAToken(t *testing.T) {
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		name, query, kind, body, header string
		status                          int
		want                            string
	}{
		{"as curl -d says it", "", form, "token=" + right, "", 200, `"host":"web01"`},
		{"with a DUID", "", form, "token=" + right + "&duid=00:03:00:01:52", "", 200, `"duid":"00:03:00:01:52"`},
		{"with a DUID that a script has not got", "", form, "token=" + right + "&duid=", "", 200, `"host":"web01"`},
		{"with an end of line", "", form, "token=" + right + "\n", "", 200, `"host":"web01"`},
		{"JSON", "", asJSON, `{"token":"` + right + `","duid":"00:03:00:01:52"}`, "", 200, `"duid":"00:03:00:01:52"`},
		{"JSON as curl -d says it", "", form, `{"token":"` + right + `"}`, "", 200, `"host":"web01"`},
		{"no type", "", "", "token=" + right, "", 200, `"host":"web01"`},
		{"a parameter", "?token=" + right, "", "", "", 200, `"host":"web01"`},
		{"a parameter and a DUID in the body", "?token=" + right, form, "duid=00:03:00:01:52", "", 200, `"duid":"00:03:00:01:52"`},
		{"a header", "", "", "", "Bearer " + right, 200, `"host":"web01"`},
		{"a header in small letters", "", "", "", "bearer " + right, 200, `"host":"web01"`},
		{"a header and the same in the body", "", form, "token=" + right, "Bearer " + right, 200, `"host":"web01"`},
		{"another header", "", "", "", "Basic " + right, 400, `want Bearer TOKEN`},
		{"two that differ", "?token=a", form, "token=" + right, "", 400, `two tokens that differ`},
		{"one twice", "", form, "token=a&token=a", "", 400, `\"token\" is there 2 times`},
		{"none", "", form, "", "", 400, `no token: want token=TOKEN`},
		{"another parameter", "", form, "token=" + right + "&dudi=00", "", 400, `unknown parameter \"dudi\": want token and, to pin it, duid`},
		{"another key", "", asJSON, `{"tokens":"a"}`, "", 400, `unknown field`},
		{"broken JSON", "", asJSON, `{"token":`, "", 400, `body: unexpected EOF`},
		{"a broken form", "", form, "token=%zz", "", 400, `neither JSON nor a form`},
		{"broken parameters", "?token=%zz", form, "", "", 400, `the parameters cannot be read`},
		{"as curl -F says it", "", "multipart/form-data; boundary=x", "--x--", "", 400, `a form in parts`},
		{"a DUID that is none", "", form, "token=" + right + "&duid=zz", "", 400, `zz`},
		{"too much", "", form, "token=" + strings.Repeat("a", 5000), "", 400, `longer than 4096 octets`},
		{"a wrong one", "", form, "token=wrong", "", 403, `the token was used at`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/v1/installed"+c.query, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			w := httptest.NewRecorder()
			NewTokenHandler(&backend{}).ServeHTTP(w, r)
			body, _ := io.ReadAll(w.Result().Body)
			if w.Code != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, body, c.status, c.want)
			}
		})
	}
}

// TestNothingElseIsServedOverTCP asks for every path that administrators have.
func TestNothingElseIsServedOverTCP(t *testing.T) {
	for _, c := range []struct{ method, target string }{
		{"GET", "/v1/leases"}, {"DELETE", "/v1/leases/2001:db8::1"}, {"GET", "/v1/verify"}, {"GET", "/metrics"},
		{"GET", "/v1/hosts"}, {"GET", "/v1/hosts/web01"}, {"GET", "/v1/hosts/web01/token"}, {"POST", "/v1/hosts/web01/installed"},
		{"PUT", "/v1/hosts/web01/state"}, {"DELETE", "/v1/hosts/web01/state"}, {"GET", "/v1/events"}, {"GET", "/"}, {"GET", "/web/"}, {"GET", "/web/app.js"},
		{"GET", "/v1/installed?token=" + right}, {"POST", "/v1/health"}, {"POST", "/v1/installed/"},
	} {
		w := httptest.NewRecorder()
		NewTokenHandler(&backend{hosts: []api.Host{web01()}}).ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
		if body := w.Body.String(); w.Code != http.StatusForbidden || !strings.Contains(body, "never anything unauthenticated") {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, body)
		}
	}
}

func TestHealthOverTCPSaysWhetherTheServerIsReady(t *testing.T) {
	w := httptest.NewRecorder()
	NewTokenHandler(&backend{}).ServeHTTP(w, httptest.NewRequest("GET", "/v1/health", nil))
	if got := strings.TrimSpace(w.Body.String()); got != `{"ready":true}` {
		t.Errorf("got %s", got)
	}
}

func TestAHostWithoutTokensIsTold(t *testing.T) {
	h := web01()
	h.State = host.Installed
	w := httptest.NewRecorder()
	handlerOf(t, &backend{hosts: []api.Host{h}}).ServeHTTP(w, httptest.NewRequest("GET", "/v1/hosts/web01/token", nil))
	if w.Code != http.StatusConflict {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// FuzzSaid reads any body: what is taken is what was said.
func FuzzSaid(f *testing.F) {
	f.Add("token="+right, "", "")
	f.Add(`{"token":"a","duid":"00:03:00"}`, "", "")
	f.Add("", "token=a&duid=00:03:00:01", "Bearer a")
	f.Add("{", "token=%", "Bearer")
	f.Fuzz(func(t *testing.T, body, query, header string) {
		r := &http.Request{Body: io.NopCloser(strings.NewReader(body)), URL: &url.URL{RawQuery: query}, Header: http.Header{"Authorization": {header}}}
		s, err := readSaid(r)
		if err == nil && s.Token == "" {
			t.Error("no token, and no error")
		}
		var bad *api.BadRequestError
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("got %T, want a *api.BadRequestError", err)
		}
	})
}
