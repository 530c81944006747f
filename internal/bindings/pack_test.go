package bindings

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

func newPacker() *packer {
	return &packer{names: &names{numbers: map[string]uint32{}}}
}

var packedBindings = map[string]*lease.Binding{
	"nothing but a key": {Key: lease.Key{DUID: "abc", IA: ident.IA{Type: ident.PD, ID: 1<<32 - 1}}},
	"everything": {
		Key:       lease.Key{DUID: ident.DUID(strings.Repeat("\xff", ident.MaxDUIDLen)), IA: ident.IA{Type: ident.NA, ID: 7}},
		Link:      "prov0",
		Host:      "web01",
		Interface: "bmc",
		Hostname:  strings.Repeat("a", 255),
		MAC:       ident.MAC{1, 2, 3, 4, 5, 6},
		Stage:     stage.Final,
		Vouched:   true,
		Contested: true,
		Via:       netip.MustParseAddr("fe80::1%prov0"),
		Created:   time.Unix(1e9, 5),
		Updated:   time.Unix(2e9, 0),
		Leases: []lease.Lease{
			{Prefix: netip.MustParsePrefix("2001:db8::1/128"), State: lease.Active, Preferred: time.Hour, Valid: lease.Infinity, Pool: "pool"},
			{Prefix: netip.MustParsePrefix("2001:db8:1::/56"), State: lease.Declined, Valid: 1500 * time.Millisecond, Until: time.Unix(1<<40, 0), Rest: time.Hour},
		},
	},
	"a via without a zone": {Key: lease.Key{DUID: "abc"}, Via: netip.MustParseAddr("2001:db8::1"), Updated: time.Unix(-5, 999_999_999)},
	"a time of now":        {Key: lease.Key{DUID: "abc"}, Created: time.Now().Round(0), Updated: time.Now().Add(time.Hour).Round(0)},
}

func TestWhatIsPackedIsWhatIsUnpacked(t *testing.T) {
	for name, b := range packedBindings {
		t.Run(name, func(t *testing.T) {
			p := newPacker()
			got := p.unpack(&single{}, p.pack(b), b.Host, nil)
			if diff := cmp.Diff(b, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAnUnpackedTimeIsOneOfDay(t *testing.T) {
	p := newPacker()
	now := time.Now()
	got := p.unpack(&single{}, p.pack(&lease.Binding{Key: lease.Key{DUID: "abc"}, Created: now}), "", nil)
	if got.Created != got.Created.Round(0) || got.Created.UnixNano() != now.UnixNano() {
		t.Errorf("got %v, want %v without a reading of the monotonic clock", got.Created, now)
	}
}

func TestNamesAreForgottenWithTheLastThatUsesThem(t *testing.T) {
	p := newPacker()
	var runs [][]byte
	for _, b := range packedBindings {
		runs = append(runs, append([]byte(nil), p.pack(b)...))
	}
	if len(p.names.numbers) == 0 {
		t.Fatal("no names are kept")
	}
	for _, run := range runs {
		if length := p.leave(run); length != len(run) {
			t.Errorf("a run of %d octets says %d", len(run), length)
		}
	}
	if n := len(p.names.numbers); n != 0 {
		t.Errorf("%d names are left", n)
	}
}

func TestRunsOfASlabDoNotTouchEachOther(t *testing.T) {
	var s slab
	random := rand.New(rand.NewPCG(1, 2))
	kept := map[uint32]string{}
	for n := range 20_000 {
		run := strings.Repeat(string(rune('a'+n%26)), 4+random.IntN(700))
		id := s.put([]byte(run))
		if _, twice := kept[id]; twice || id == 0 {
			t.Fatalf("number %d given twice, or none", id)
		}
		kept[id] = run
		for id, run := range kept {
			if random.IntN(3) == 0 {
				s.release(id, len(run))
				delete(kept, id)
			}
			if len(kept) < 300 {
				break
			}
		}
	}
	for id, run := range kept {
		if got := string(s.at(id)[:len(run)]); got != run {
			t.Fatalf("run %d: got %.10q, want %.10q", id, got, run)
		}
	}
	if most := 100; len(s.pieces) > most {
		t.Errorf("%d pieces for %d runs at a time, want at most %d: what is freed is not used again", len(s.pieces), len(kept), most)
	}
}
