package history

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/exchange"
)

// keep keeps an exchange of a sender, whose datagram is a number.
func keep(r *Ring, k *Keeper, a *exchange.Arrival, n uint32) Ref {
	a.Time = time.Unix(int64(n), 0)
	return k.Keep(binary.BigEndian.AppendUint32(nil, n), a, &Outcome{Drop: "x", Waits: true})
}

func all(*Record) bool { return true }

func TestTheOldestGoFirst(t *testing.T) {
	r := New(Options{Memory: 64 << 10, PerMachine: 1 << 20})
	k, a := NewKeeper(r), &exchange.Arrival{}
	for n := range uint32(5000) {
		keep(r, k, a, n)
	}
	found := r.Find(0, 1<<20, all)
	if len(found) == 0 || len(found) > 64<<10/chunkSize {
		t.Fatalf("%d are kept in 64 KiB", len(found))
	}
	for i, x := range found {
		if want := uint32(5000 - len(found) + i); binary.BigEndian.Uint32(x.Datagram) != want {
			t.Fatalf("the %dth is %x, want %x", i, x.Datagram, want)
		}
	}
}

func TestAMachineThatSendsALotLeavesRoomForOthers(t *testing.T) {
	r := New(Options{Memory: 1 << 20, PerMachine: 4})
	quiet, loud := NewKeeper(r), NewKeeper(r)
	keep(r, quiet, &exchange.Arrival{Interface: 1}, 1)
	s := &exchange.State{}
	s.MAC[0] = 2
	for n := range uint32(10000) {
		loud.Keep(nil, &exchange.Arrival{Interface: 2}, &Outcome{State: s, Drop: "x", Plugin: string(rune(n))})
	}
	if n := len(r.Find(0, 1<<20, func(x *Record) bool { return x.Interface == 2 })); n != 4 {
		t.Errorf("%d of the loud one are kept, want 4", n)
	}
	if n := len(r.Find(0, 1<<20, func(x *Record) bool { return x.Interface == 1 })); n != 1 {
		t.Errorf("%d of the quiet one are kept, want 1", n)
	}
}

func TestWhatBecameOfTheDiskIsOfTheExchangeThatWaited(t *testing.T) {
	r := New(Options{Memory: 64 << 10, PerMachine: 1})
	k, a := NewKeeper(r), &exchange.Arrival{}
	gone := keep(r, k, a, 1)
	kept := keep(r, k, a, 2) // in the place of the first
	r.Failed(gone, time.Second)
	if x := r.Find(0, 1, all)[0]; x.Disk.Failed || x.Disk.Done {
		t.Errorf("what became of another one counts: %+v", x.Disk)
	}
	r.Durable(kept, 1500*time.Microsecond)
	if x := r.Find(0, 1, all)[0]; !x.Disk.Done || x.Disk.After != 1500*time.Microsecond {
		t.Errorf("got %+v, want done after 1.5ms", x.Disk)
	}
}

func TestKeepingAllocatesNothing(t *testing.T) {
	r := New(Options{Memory: 64 << 10})
	k, a, o := NewKeeper(r), &exchange.Arrival{}, &Outcome{Drop: "x", State: &exchange.State{}}
	datagram := make([]byte, 300)
	if n := testing.AllocsPerRun(1000, func() { k.Keep(datagram, a, o) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestMachinesThatAreMadeUpLeaveRoomForKnownHosts(t *testing.T) {
	const memory = 4 << 20
	r := New(Options{Memory: memory, PerMachine: 8})
	k := NewKeeper(r)
	web := &exchange.State{}
	web.Host = host.Match{Host: &host.Host{Name: "web01"}, Interface: &host.Interface{}}
	for range 8 {
		k.Keep(make([]byte, 300), &exchange.Arrival{Interface: 1}, &Outcome{State: web})
	}
	spoofed := &exchange.State{}
	for n := range uint32(100_000) {
		spoofed.Msg.ClientID = binary.BigEndian.AppendUint32(spoofed.Msg.ClientID[:0], n)
		k.Keep(make([]byte, 100+n%1500), &exchange.Arrival{Interface: 2}, &Outcome{State: spoofed, Decoded: true, Drop: "x"})
	}
	if n := len(r.Find(0, 1<<20, func(x *Record) bool { return x.Interface == 1 })); n != 8 {
		t.Errorf("after the flood %d of the known host are kept, want 8", n)
	}
	if n := len(r.Find(0, 1<<20, func(x *Record) bool { return x.Interface == 2 })); n == 0 || n > memory/chunkSize {
		t.Errorf("of the flood %d are kept", n)
	}
	for n := range uint32(100_000) {
		web.Host.Host = &host.Host{Name: string(binary.BigEndian.AppendUint32(nil, n))}
		k.Keep(make([]byte, 300), &exchange.Arrival{Interface: 3}, &Outcome{State: web})
	}
	if n := len(r.Find(0, 1<<20, func(x *Record) bool { return x.Interface == 2 })); n != 0 {
		t.Errorf("%d of the flood are kept for ever", n)
	}
}
