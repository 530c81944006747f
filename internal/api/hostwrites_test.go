package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

// writes is what was written to a backend, the last time.
type writes struct {
	write HostWrite
	gone  string
	match Match
	force bool
}

func (b *backend) WriteHost(_ context.Context, w HostWrite) (api.Host, error) {
	b.writes.write = w
	h := web01()
	h.Source, h.Version, h.Warnings = "api", 8, []string{"a warning"}
	if !w.Match.Allows(7) {
		return api.Host{}, &api.PreconditionError{Err: errors.New("it has another version"), Current: &h}
	}
	return h, b.fail
}

func (b *backend) DeleteHost(_ context.Context, name string, m Match, force bool) (api.Host, error) {
	b.writes.gone, b.writes.match, b.writes.force = name, m, force
	return b.Host(name)
}

func (b *backend) Pools() api.PoolList {
	huge, _ := new(big.Int).SetString("18446744073709551616", 10)
	zero := big.NewInt(0)
	return api.PoolList{Pools: []api.Pool{{
		Plugin: "pool", Ranges: []string{"2001:db8:10::/64"}, Kind: "address", Unit: 128, Lengths: []int{128}, Size: huge, Excluded: zero,
		Reserved: zero, Active: zero, Offered: zero, Released: zero, Declined: zero, Remembered: zero, Free: huge,
	}}}
}

func TestClientAndHandlerUnderstandEachOtherAboutWritingHosts(t *testing.T) {
	b := &backend{hosts: []api.Host{web01()}}
	c, ctx := serve(t, b), t.Context()
	spec := api.HostSpec{Version: 7, Interfaces: []api.HostInterface{{MACs: []ident.MAC{{2}}}}, Options: json.RawMessage(`{"dns_servers":"2001:db8::53"}`)}
	h, err := c.PutHost(ctx, "web01", spec)
	if err != nil || h.Version != 8 || len(h.Warnings) != 1 {
		t.Errorf("PutHost: %+v, %v", h, err)
	}
	want := `{"version":7,"interfaces":[{"macs":["02:00:00:00:00:00"]}],"options":{"dns_servers":"2001:db8::53"}}`
	if w := b.writes.write; w.Name != "web01" || w.Patch || string(w.Text) != want {
		t.Errorf("came as %+v, %s", w, w.Text)
	}
	if _, err := c.PatchHost(ctx, "web 01", map[string]any{"tags": nil}); err != nil || !b.writes.write.Patch || b.writes.write.Name != "web 01" || string(b.writes.write.Text) != `{"tags":null}` {
		t.Errorf("PatchHost: %v, %+v", err, b.writes.write)
	}
	if _, err := c.DeleteHost(ctx, "web01", 7, true); err != nil || b.writes.gone != "web01" || !b.writes.force || !cmp.Equal(b.writes.match, Match{Versions: []uint64{7}}) {
		t.Errorf("DeleteHost: %v, %+v", err, b.writes)
	}
	var stale *api.PreconditionError
	if _, err := c.CreateHost(ctx, spec); !errors.As(err, &stale) || stale.Current == nil || stale.Current.Version != 8 {
		t.Errorf("CreateHost of one that is there: %v", err)
	}
	if p, err := c.Pools(ctx); err != nil || p.Pools[0].Size.String() != "18446744073709551616" {
		t.Errorf("Pools: %+v, %v", p, err)
	}
}

func TestHeadersSayWhatMustBeThere(t *testing.T) {
	for name, c := range map[string]struct {
		header, value string
		status        int
		want          Match
		text          string
	}{
		"nothing":               {"", "", 200, Match{}, ""},
		"a version":             {"If-Match", `"7"`, 200, Match{Versions: []uint64{7}}, ""},
		"versions":              {"If-Match", `"6", "7"`, 200, Match{Versions: []uint64{6, 7}}, ""},
		"another version":       {"If-Match", `"6"`, 412, Match{Versions: []uint64{6}}, "it has another version"},
		"any version":           {"If-Match", `*`, 200, Match{There: true}, ""},
		"that nothing is there": {"If-None-Match", `*`, 412, Match{NotThere: true}, "it has another version"},
		"a weak version":        {"If-Match", `W/"7"`, 400, Match{}, `header If-Match: version "W/\"7": want that of a host, such as 7`},
		"a negation":            {"If-None-Match", `"7"`, 400, Match{}, `header If-None-Match: "\"7\"": want *, for a host that is not there yet`},
	} {
		t.Run(name, func(t *testing.T) {
			b := &backend{hosts: []api.Host{web01()}}
			r := httptest.NewRequest(http.MethodPut, "/v1/hosts/web01", strings.NewReader("{}"))
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			w := httptest.NewRecorder()
			handlerOf(t, b).ServeHTTP(w, r)
			var p api.Problem
			_ = json.Unmarshal(w.Body.Bytes(), &p)
			if w.Code != c.status || p.Error != c.text || c.status != 400 && !cmp.Equal(b.writes.write.Match, c.want) {
				t.Errorf("got %d %s, match %+v", w.Code, w.Body, b.writes.write.Match)
			}
			if tag := w.Header().Get("ETag"); c.status != 400 && tag != `"8"` {
				t.Errorf("ETag %q", tag)
			}
		})
	}
}

func TestMatchesAllowWhatTheySay(t *testing.T) {
	for name, c := range map[string]struct {
		m       Match
		version uint64
		want    bool
	}{
		"anything of one that is there":      {Match{}, 7, true},
		"anything of one that is not":        {Match{}, 0, true},
		"one that must be there":             {Match{There: true}, 0, false},
		"one that must not be there":         {Match{NotThere: true}, 7, false},
		"a version that it has":              {Match{Versions: []uint64{6, 7}}, 7, true},
		"a version that it has not":          {Match{Versions: []uint64{6}}, 7, false},
		"a version of one that is not there": {Match{Versions: []uint64{6}}, 0, false},
	} {
		if got := c.m.Allows(c.version); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestABodyThatIsTooLongIsRefused(t *testing.T) {
	w := httptest.NewRecorder()
	handlerOf(t, &backend{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/hosts", io.LimitReader(zeros{}, maxBody+1)))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "body: longer than 1048576 octets") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
