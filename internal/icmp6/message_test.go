package icmp6

import (
	"net/netip"
	"testing"
	"time"

	"github.com/mdlayher/ndp"
)

// bytesOf gives a message as it is sent.
func bytesOf(t testing.TB, m ndp.Message) []byte {
	t.Helper()
	data, err := ndp.MarshalMessage(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func advertisement(t testing.TB) []byte {
	return bytesOf(t, &ndp.RouterAdvertisement{
		ManagedConfiguration: true, RouterLifetime: time.Hour,
		Options: []ndp.Option{
			&ndp.PrefixInformation{Prefix: netip.MustParseAddr("2001:db8:10::"), PrefixLength: 64, OnLink: true},
			ndp.NewMTU(1500),
			&ndp.RecursiveDNSServer{Servers: []netip.Addr{netip.MustParseAddr("2001:db8::53")}},
			&ndp.RouteInformation{Prefix: netip.MustParseAddr("2001:db8:20::"), PrefixLength: 64},
		},
	})
}

func TestMessagesThatHostsAreToDropAreMalformed(t *testing.T) {
	const linkLocal, global = "fe80::1", "2001:db8::1"
	for name, tc := range map[string]struct {
		spoil func([]byte) []byte
		from  string
		hops  int
		want  string
	}{
		"as it should be":            {func(b []byte) []byte { return b }, linkLocal, 255, ""},
		"forwarded by a router":      {func(b []byte) []byte { return b }, linkLocal, 254, "hop-limit"},
		"from a global address":      {func(b []byte) []byte { return b }, global, 255, "source"},
		"with a code":                {func(b []byte) []byte { b[1] = 1; return b }, linkLocal, 255, "code"},
		"cut off":                    {func(b []byte) []byte { return b[:15] }, linkLocal, 255, "syntax"},
		"nothing at all":             {func([]byte) []byte { return nil }, linkLocal, 255, "syntax"},
		"with an option of length 0": {func(b []byte) []byte { return append(b, 1, 0, 0, 0, 0, 0, 0, 0) }, linkLocal, 255, "syntax"},
		"with half an option":        {func(b []byte) []byte { return append(b, 3, 4, 64) }, linkLocal, 255, "syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(tc.spoil(advertisement(t)), netip.MustParseAddr(tc.from), tc.hops, 2)
			if m.Malformed != tc.want || (m.Body == nil) != (tc.want != "") {
				t.Errorf("got %q with %v, want %q", m.Malformed, m.Body, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(advertisement(f))
	f.Add(bytesOf(f, &ndp.RouterSolicitation{}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := parse(data, netip.MustParseAddr("fe80::1"), 255, 2)
		if (m.Body == nil) == (m.Malformed == "") {
			t.Errorf("%x gives %v and %q", data, m.Body, m.Malformed)
		}
	})
}
