package lease

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/stage"
)

var anyKey = Key{DUID: "\x00\x03\x00\x01\x52\x54\x00\xaa\xbb\x01", IA: ident.IA{Type: ident.NA, ID: 7}}

// full has something in every field.
func full() *Binding {
	return &Binding{
		Key: anyKey,
		Leases: []Lease{
			{Prefix: netip.MustParsePrefix("2001:db8:10::101/128"), State: Active, Preferred: time.Hour, Valid: Infinity, Pool: "pool", Rest: 5 * time.Minute},
			{Prefix: netip.MustParsePrefix("2001:db8:10::102/128"), State: Declined, Until: time.Unix(1<<33, 0)},
			{Prefix: netip.MustParsePrefix("2001:db8:10::103/128"), State: Released, Until: time.Unix(1, 0), Pool: "spare"},
		},
		Link: "rack2", Host: "web01", Interface: "eth0", Hostname: "web01.example.net",
		MAC: ident.MAC{0x52, 0x54, 0, 0xaa, 0xbb, 1}, Stage: stage.Final, Contested: true, Vouched: true, Via: netip.MustParseAddr("fe80::1%prov0"),
		Created: time.Unix(1e9, 0), Updated: time.Unix(1e9+1, 0),
	}
}

func delegated(prefixes ...string) *Binding {
	b := &Binding{Key: Key{DUID: anyKey.DUID, IA: ident.IA{Type: ident.PD, ID: 1<<32 - 1}}}
	for _, p := range prefixes {
		b.Leases = append(b.Leases, Lease{Prefix: netip.MustParsePrefix(p), State: Active})
	}
	return b
}

var sameRecord = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()}

func TestRecordRoundTrip(t *testing.T) {
	long := full()
	long.Hostname = strings.Repeat("a", 0xffff)
	for name, b := range map[string]*Binding{
		"with everything":                  full(),
		"with nothing":                     {Key: anyKey},
		"with a next hop beyond a link":    {Key: anyKey, Via: netip.MustParseAddr("2001:db8::1")},
		"of prefixes":                      delegated("2001:db8:f000::/36", "2001:db8:f001::/64"),
		"with a name as long as can be":    long,
		"with a byte that is not a letter": {Key: anyKey, Host: "\x00\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			record := b.AppendBinary([]byte("before"))
			if !bytes.HasPrefix(record, []byte("before")) {
				t.Fatal("what was before the record is gone")
			}
			got, err := ParseBinding(b.Key, record[len("before"):])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(b, got, sameRecord); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecordKeepsWholeSeconds(t *testing.T) {
	at := time.Unix(1e9, 0)
	b := full()
	b.Created, b.Updated = at.Add(900*time.Millisecond), at.Add(-time.Nanosecond)
	b.Leases = b.Leases[:1]
	b.Leases[0].Preferred, b.Leases[0].Valid = 1999*time.Millisecond, -time.Second
	b.Leases[0].Until = at.Add(time.Nanosecond)
	got, err := ParseBinding(b.Key, b.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := *b
	want.Created, want.Updated = at, at.Add(-time.Second)
	want.Leases = []Lease{b.Leases[0]}
	want.Leases[0].Preferred, want.Leases[0].Valid = time.Second, 0
	want.Leases[0].Until = at.Add(time.Second) // nobody loses a lease early
	if diff := cmp.Diff(&want, got, sameRecord); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestRecordKeepsTimesThatAreNone(t *testing.T) {
	b := full()
	b.Leases = b.Leases[:1]
	b.Leases[0].Until = time.Time{}
	b.Created = time.Unix(-1, 0)
	got, err := ParseBinding(b.Key, b.AppendBinary(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Leases[0].Until.IsZero() || !got.Created.IsZero() {
		t.Errorf("until %v, created %v, want both zero", got.Leases[0].Until, got.Created)
	}
}

// TestRecordFormat fails when records change that are on disks already.
func TestRecordFormat(t *testing.T) {
	const want = "01" + // version
		"04" + // stage final
		"07" + // flags: contested, next hop, vouched
		"525400aabb01" + // MAC
		"8094ebdc03" + "8194ebdc03" + // created, updated
		"057261636b32" + "057765623031" + "0465746830" + "117765623031" + "2e6578616d706c652e6e6574" + // names
		"fe800000000000000000000000000001" + "0570726f7630" + // next hop
		"03" + // leases
		"20010db8001000000000000000000101" + "80" + "01" + "901c" + "ffffffff0f" + "00" + "04706f6f6c" + "ac02" +
		"20010db8001000000000000000000102" + "80" + "03" + "00" + "00" + "8080808020" + "00" + "00" +
		"20010db8001000000000000000000103" + "80" + "02" + "00" + "00" + "01" + "057370617265" + "00"
	if got := hex.EncodeToString(full().AppendBinary(nil)); got != want {
		t.Errorf("record\n%s\nwant\n%s", got, want)
	}
}

func TestDamagedRecords(t *testing.T) {
	good := full().AppendBinary(nil)
	for n := range good {
		if _, err := ParseBinding(anyKey, good[:n]); err == nil {
			t.Errorf("the first %d octets of %d are read without an error", n, len(good))
		}
	}
	address := bytes.Index(good, []byte{0x20, 1, 0xd, 0xb8})
	hop := bytes.Index(good, []byte{0xfe, 0x80})
	change := func(at int, to ...byte) []byte {
		return append(append(bytes.Clone(good[:at]), to...), good[at+len(to):]...)
	}
	zero := (&Binding{Key: anyKey}).AppendBinary(nil)
	for name, c := range map[string]struct {
		record []byte
		want   string
	}{
		"nothing":                      {nil, "record ends early"},
		"a newer version":              {change(0, 2), "record of version 2, want 1: written by a newer stage6"},
		"version zero":                 {change(0, 0), "record of version 0, want 1"},
		"something after it":           {append(bytes.Clone(good), 0, 0), "2 octets after the record"},
		"more leases than there are":   {append(bytes.Clone(zero[:len(zero)-1]), 1), "record ends early"},
		"more leases than can be":      {append(bytes.Clone(zero[:len(zero)-1]), 0x81, 0x80, 4), "number 65537, want at most 65536"},
		"a count without an end":       {append(bytes.Clone(zero[:len(zero)-1]), bytes.Repeat([]byte{0xff}, 11)...), "record ends early"},
		"a name longer than can be":    {append(bytes.Clone(zero[:11]), 0x80, 0x80, 4), "number 65536, want at most 65535"},
		"a time that never comes":      {append(bytes.Clone(zero[:9]), bytes.Repeat([]byte{0xff}, 8)...), "record ends early"},
		"a prefix length beyond all":   {change(address+16, 129), "not an IPv6 prefix"},
		"a prefix where an address is": {change(address+16, 127), "bits set beyond the prefix length"},
		"an address of IPv4":           {change(address, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1), "not an IPv6 prefix"},
		"a flag that is none":          {change(2, 8), "flags 0x8: written by a newer stage6"},
		"a next hop that is none":      {change(hop, make([]byte, 16)...), "not the address of a neighbour"},
		"state zero":                   {change(address+17, 0), "state 0, want 1 to 3"},
		"state four":                   {change(address+17, 4), "state 4, want 1 to 3"},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := ParseBinding(anyKey, c.record)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v\nwant error %s", b, err, c.want)
			}
		})
	}
}

func TestKeyRoundTrip(t *testing.T) {
	for name, k := range map[string]Key{
		"of an address":               anyKey,
		"of a prefix":                 {DUID: anyKey.DUID, IA: ident.IA{Type: ident.PD, ID: 1<<32 - 1}},
		"with the shortest DUID":      {DUID: "\x00\x01\x00", IA: ident.IA{Type: ident.NA}},
		"with the longest DUID":       {DUID: ident.DUID(strings.Repeat("\xff", 130)), IA: ident.IA{Type: ident.NA}},
		"with a DUID that looks like": {DUID: "\x00\x03\x00\x19\x00\x00\x00\x01\x00\x03", IA: ident.IA{Type: ident.PD, ID: 0x00030000}},
	} {
		t.Run(name, func(t *testing.T) {
			raw := k.AppendBinary([]byte{1})
			got, err := ParseKey(raw[1:])
			if err != nil || got != k || raw[0] != 1 {
				t.Errorf("read back %v, %v, want %v", got, err, k)
			}
		})
	}
}

func TestDamagedKeys(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"nothing":      {"", "shorter than 6 octets"},
		"no DUID":      {"\x00\x03\x00\x00\x00\x07", "DUID"},
		"a short DUID": {"\x00\x01" + "\x00\x03\x00\x00\x00\x07", "DUID"},
		"a long DUID":  {strings.Repeat("\xff", 131) + "\x00\x03\x00\x00\x00\x07", "DUID"},
		"an IA_TA":     {"\x00\x03\x00\x01" + "\x00\x04\x00\x00\x00\x07", "identity association of type 4, want 3 or 25"},
	} {
		t.Run(name, func(t *testing.T) {
			if k, err := ParseKey([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v\nwant error %s", k, err, c.want)
			}
		})
	}
}

func TestReadNamesAreShared(t *testing.T) {
	record := full().AppendBinary(nil)
	parse := func() {
		if _, err := ParseBinding(anyKey, record); err != nil {
			t.Fatal(err)
		}
	}
	first, err := ParseBinding(anyKey, record) // keeps the names alive
	if err != nil {
		t.Fatal(err)
	}
	// The binding, the growth of its leases, and nothing for its names but
	// what looking them up takes.
	if n := testing.AllocsPerRun(100, parse); n > 12 {
		t.Errorf("%v allocations with %q known, want at most 12", n, first.Hostname)
	}
}

// FuzzParseBinding wants that what is read is fit for a table, and that it
// reads the same when written again.
func FuzzParseBinding(f *testing.F) {
	f.Add(full().AppendBinary(nil), false)
	f.Add((&Binding{Key: anyKey}).AppendBinary(nil), false)
	f.Add(delegated("2001:db8:f000::/36").AppendBinary(nil), true)
	f.Fuzz(func(t *testing.T, record []byte, pd bool) {
		key := anyKey
		if pd {
			key.IA.Type = ident.PD
		}
		b, err := ParseBinding(key, record)
		if err != nil {
			return
		}
		if err := b.Check(); err != nil {
			t.Fatalf("read without an error, but not fit: %v", err)
		}
		again, err := ParseBinding(key, b.AppendBinary(nil))
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		if diff := cmp.Diff(b, again, sameRecord); diff != "" {
			t.Fatalf("written again (-first +second):\n%s", diff)
		}
	})
}

// FuzzParseKey wants that a key has one form only.
func FuzzParseKey(f *testing.F) {
	f.Add(anyKey.AppendBinary(nil))
	f.Add([]byte("\x00\x03\x00\x01\x00\x04\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := ParseKey(raw)
		if err == nil && !bytes.Equal(k.AppendBinary(nil), raw) {
			t.Errorf("%x is read as %s, which is %x", raw, k, k.AppendBinary(nil))
		}
	})
}
