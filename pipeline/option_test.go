package pipeline_test

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
)

func TestOptionsAreEncodedOnce(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("2001:db8::53"), netip.MustParseAddr("2001:db8::54")}
	for name, c := range map[string]struct {
		make func() (*pipeline.Option, error)
		want string
	}{
		"any data":          {func() (*pipeline.Option, error) { return pipeline.NewOption(200, []byte{1, 2}) }, "00c800020102"},
		"no data":           {func() (*pipeline.Option, error) { return pipeline.NewOption(200, nil) }, "00c80000"},
		"addresses":         {func() (*pipeline.Option, error) { return pipeline.AddressOption(23, addrs) }, "0017002020010db800000000000000000000005320010db8000000000000000000000054"},
		"names":             {func() (*pipeline.Option, error) { return pipeline.NameOption(24, []string{"a.example", "b"}) }, "0018000e016107657861" + "6d706c65000162" + "00"},
		"seconds":           {func() (*pipeline.Option, error) { return pipeline.SecondsOption(82, time.Hour) }, "0052000400000e10"},
		"infinite seconds":  {func() (*pipeline.Option, error) { return pipeline.SecondsOption(32, lease.Infinity) }, "00200004ffffffff"},
		"more than forever": {func() (*pipeline.Option, error) { return pipeline.SecondsOption(32, 2*lease.Infinity) }, "00200004ffffffff"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := c.make()
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(o.Append([]byte{})); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func() (*pipeline.Option, error)
		want string
	}{
		"one of the server's own": {func() (*pipeline.Option, error) { return pipeline.NewOption(dhcpv6.OptionServerID, nil) },
			"option 2 is written by the server and cannot be set"},
		"more than an option holds": {func() (*pipeline.Option, error) { return pipeline.NewOption(200, make([]byte, 65536)) },
			"option 200: 65536 octets, want at most 65535"},
		"no address": {func() (*pipeline.Option, error) { return pipeline.AddressOption(23, nil) },
			"option 23: no address given, want at least one"},
		"an IPv4 address": {func() (*pipeline.Option, error) {
			return pipeline.AddressOption(23, []netip.Addr{netip.MustParseAddr("192.0.2.1")})
		}, `option 23: "192.0.2.1" is not an IPv6 address without zone`},
		"an address with a zone": {func() (*pipeline.Option, error) {
			return pipeline.AddressOption(23, []netip.Addr{netip.MustParseAddr("fe80::1%eth0")})
		}, `option 23: "fe80::1%eth0" is not an IPv6 address without zone`},
		"no name": {func() (*pipeline.Option, error) { return pipeline.NameOption(24, nil) },
			"option 24: no name given, want at least one"},
		"less than no time": {func() (*pipeline.Option, error) { return pipeline.SecondsOption(82, -time.Second) },
			"option 82: -1s is less than nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			if o, err := c.make(); err == nil || err.Error() != c.want {
				t.Errorf("got %v, %v; want %s", o, err, c.want)
			}
		})
	}
}

// TestNoPluginWritesWhatFollowsTheProtocol goes through the options of RFC 9915
// that are not configuration.
func TestNoPluginWritesWhatFollowsTheProtocol(t *testing.T) {
	for _, code := range []dhcpv6.OptionCode{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 19, 20, 25, 26} {
		if _, err := pipeline.NewOption(code, []byte{0}); err == nil {
			t.Errorf("option %d can be set by a plugin", code)
		}
	}
}

func TestAnOptionKeepsItsData(t *testing.T) {
	data := []byte{1, 2, 3}
	o, err := pipeline.NewOption(200, data)
	if err != nil {
		t.Fatal(err)
	}
	data[0] = 9
	if got := o.Append(nil); !bytes.Equal(got, []byte{0, 200, 0, 3, 1, 2, 3}) {
		t.Errorf("the option follows its maker's memory: %x", got)
	}
}

func TestOptionsMadeForOneExchange(t *testing.T) {
	x, s := solicit(t)
	data := []byte("one")
	for _, code := range []dhcpv6.OptionCode{59, 59, 60} {
		if _, err := x.SetOptionData(code, data); err != nil {
			t.Fatal(err)
		}
		copy(data, "two")
	}
	var got []byte
	for _, o := range s.Options.All() {
		got = append(got, o.Wire...)
	}
	if want := []byte("\x00\x3b\x00\x03one\x00\x3c\x00\x03two"); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := x.SetOptionData(dhcpv6.OptionServerID, data); err == nil {
		t.Error("the server's own option can be set")
	}
	if n := testing.AllocsPerRun(100, func() {
		s.Made = s.Made[:0]
		x.RemoveOption(59)
		if stands, err := x.SetOptionData(59, data); err != nil || !stands {
			t.Errorf("stands: %t, %v", stands, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
