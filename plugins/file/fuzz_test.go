package file

import (
	"errors"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

// FuzzParse reads any lease file: what is read makes hosts whose addresses can be
// given out, each once; what is refused is refused with its line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"00:11:22:33:44:55 2001:2::1\n",
		"# remark\n\n5254.00aa.bb01 2001:db8:10::101 # web01\r\n52-54-00-aa-bb-01\t2001:db8:10::102\n",
		"52:54:00:aa:bb:01 fe80::1%eth0\n52:54:00:aa:bb:01 ::ffff:1.2.3.4\n52:54:00:aa:bb:01 ff02::1\n",
		"52:54:00:aa:bb:01 2001:db8::1\n52:54:00:aa:bb:02 2001:db8::1\n52:54:00:aa:bb:01 2001:db8::2",
		"\x00 \u2028 \xff\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := parse("leases.txt", data)
		if err != nil {
			wantPlaces(t, err, strings.Count(string(data), "\n")+1)
			return
		}
		hosts, _ := merge("leases.txt", records)
		seen := map[string]bool{}
		for _, h := range hosts {
			a := h.Interfaces[0].Addresses[0].Prefix
			if seen[a.String()] || !a.Addr().IsGlobalUnicast() || a.Bits() != 128 || len(h.Interfaces[0].MACs) == 0 {
				t.Errorf("%q gives %+v", data, h)
			}
			seen[a.String()] = true
		}
	})
}

// wantPlaces wants that an error says where it is, in a file of so many lines.
func wantPlaces(t *testing.T, err error, lines int) {
	t.Helper()
	var all strict.Errors
	if !errors.As(err, &all) {
		var one *strict.Error
		if !errors.As(err, &one) {
			t.Fatalf("%T without a place: %v", err, err)
		}
		all = strict.Errors{one}
	}
	for _, e := range all {
		if e.Line < 1 || e.Line > lines {
			t.Errorf("line %d of %d: %v", e.Line, lines, e)
		}
	}
}
