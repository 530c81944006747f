package simulate

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnInstallerReportsWithTheTokenOfItsLoader(t *testing.T) {
	var got []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/installed" && r.ParseForm() == nil {
			got = append(got, r.PostForm)
		}
	}))
	defer server.Close()
	m := loaded(t, "http://[2001:db8::1]/boot.ipxe?token=secret&x=1")
	var duid string
	for _, programs := range []string{"live", "live,networkd"} {
		plan := mustPlan(t, programs)
		b := Boot{Plan: plan, Carrier: carrierOver(t, newFakeSocket(lend(testAddress, everyBoot(""))), nil), Report: &Reporter{URL: server.URL}}
		if err := b.Run(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		duid = m.DUID(mustPlan(t, "networkd")[0][0]).String()
	}
	if diff := cmp.Diff([]url.Values{{"token": {"secret"}}, {"token": {"secret"}, "duid": {duid}}}, got); diff != "" {
		t.Errorf("the server was told (-want +got):\n%s", diff)
	}
}

func TestAnInstallerSaysWhyItCannotReport(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the token was used", http.StatusForbidden)
	}))
	defer server.Close()
	system := mustPlan(t, "networkd")[0][0]
	for bootFile, want := range map[string]string{
		"http://[2001:db8::1]/boot.ipxe":         "has no token",
		"http://[2001:db8::1]/boot.ipxe?token=a": "/v1/installed: 403 Forbidden: the token was used",
	} {
		err := Reporter{URL: server.URL}.Installed(t.Context(), loaded(t, bootFile), system)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", bootFile, err, want)
		}
	}
}

// loaded is a machine whose loader was told to boot something.
func loaded(t *testing.T, bootFile string) *Machine {
	t.Helper()
	m := NewMachine(testMAC, UUID{}, 1)
	b := Boot{Plan: mustPlan(t, "ipxe"), Carrier: carrierOver(t, newFakeSocket(lend(testAddress, everyBoot(bootFile))), nil)}
	if err := b.Run(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}
