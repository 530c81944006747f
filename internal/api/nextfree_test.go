package api

import (
	"errors"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
)

// NextFree gives back what it was asked.
func (b *backend) NextFree(q api.NextFreeQuery) (api.NextFree, error) {
	if q.Link == "full0" {
		return api.NextFree{}, &api.NotFoundError{What: "a free /128 in 2001:db8:10::/64"}
	}
	return api.NextFree{Prefix: netip.PrefixFrom(netip.MustParseAddr("2001:db8:10::8"), q.Length), Within: q.Within, Link: q.Link}, nil
}

func TestClientAndHandlerUnderstandEachOtherAboutWhatIsFree(t *testing.T) {
	c := serve(t, &backend{})
	within := netip.MustParsePrefix("2001:db8:10::/64")
	got, err := c.NextFree(t.Context(), api.NextFreeQuery{Link: "prov0", Within: within, Length: 125})
	if diff := cmp.Diff(api.NextFree{Prefix: netip.MustParsePrefix("2001:db8:10::8/125"), Within: within, Link: "prov0"}, got, comparable); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if got, err := c.NextFree(t.Context(), api.NextFreeQuery{}); err != nil || got.Prefix.Bits() != 128 {
		t.Errorf("where nothing is said: %v, %v, want one address", got, err)
	}
	var missing *api.NotFoundError
	if _, err := c.NextFree(t.Context(), api.NextFreeQuery{Link: "full0"}); !errors.As(err, &missing) || err.Error() != "a free /128 in 2001:db8:10::/64 not found" {
		t.Errorf("where nothing is free: %v", err)
	}
}

func TestQuestionsForWhatIsFreeThatAreWrong(t *testing.T) {
	for query, want := range map[string]string{
		"length=0":                         `length \"0\": want 1 to 128`,
		"length=129":                       `length \"129\": want 1 to 128`,
		"length=many":                      `length \"many\": want 1 to 128`,
		"within=10.0.0.0/8":                `\"10.0.0.0/8\": want an IPv6 address or prefix`,
		"within=2001:db8::/64&length=48":   `length 48: want at least that of 2001:db8::/64`,
		"within=2001:db8::1&length=127":    `length 127: want at least that of 2001:db8::1/128`,
		"within=2001:db8::%25eth0&length=": `want an IPv6 address or prefix`,
	} {
		t.Run(query, func(t *testing.T) {
			w := httptest.NewRecorder()
			handlerOf(t, &backend{}).ServeHTTP(w, httptest.NewRequest("GET", "/v1/next-free?"+query, nil))
			if w.Code != 400 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("got %d %s, want 400 %s", w.Code, w.Body, want)
			}
		})
	}
}
