package serverid

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/memory"
	"github.com/stage6/stage6/lease"
)

var (
	now   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	card  = ident.MAC{0, 0xde, 0xad, 0xbe, 0xef, 0}
	other = ident.MAC{0, 0xde, 0xad, 0xbe, 0xef, 1}
)

// start gives the DUID of a server that starts with a store.
func start(c config, store lease.Store, random string, at time.Time) (ident.DUID, error) {
	h := &handler{config: c, clock: func() time.Time { return at }, random: strings.NewReader(random)}
	return h.ServerID(context.Background(), store)
}

func TestAutoIsMadeOnceAndKept(t *testing.T) {
	store := memory.New()
	first, err := start(config{from: made}, store, strings.Repeat("\xff", 16), now)
	if err != nil {
		t.Fatal(err)
	}
	if want := "00:04:ff:ff:ff:ff:ff:ff:4f:ff:bf:ff:ff:ff:ff:ff:ff:ff"; first.String() != want {
		t.Errorf("got %s, want the random UUID %s", first, want)
	}
	again, err := start(config{from: made}, store, strings.Repeat("\x00", 16), now.Add(time.Hour))
	if err != nil || again != first {
		t.Errorf("after a restart: got %s, %v, want %s", again, err, first)
	}
	elsewhere, err := start(config{from: made}, memory.New(), strings.Repeat("\x00", 16), now)
	if err != nil || elsewhere == first {
		t.Errorf("another server: got %s, %v", elsewhere, err)
	}
}

func TestTimeOfALLTIsKept(t *testing.T) {
	store := memory.New()
	first, err := start(config{from: dated, mac: card}, store, "", now)
	if want := "00:01:00:01:30:e8:75:80:00:de:ad:be:ef:00"; err != nil || first.String() != want {
		t.Fatalf("got %s, %v, want %s", first, err, want)
	}
	if again, err := start(config{from: dated, mac: card}, store, "", now.Add(time.Hour)); err != nil || again != first {
		t.Errorf("after a restart: got %s, %v, want %s", again, err, first)
	}
	changed, err := start(config{from: dated, mac: other}, store, "", now.Add(time.Hour))
	if want := "00:01:00:01:30:e8:83:90:00:de:ad:be:ef:01"; err != nil || changed.String() != want {
		t.Errorf("with another MAC: got %s, %v, want %s", changed, err, want)
	}
}

func TestDamagedDUIDIsAnError(t *testing.T) {
	const advice = "; write the DUID that the clients know instead, such as server_id: UUID 4c4c4544-0042-3510-8052-b4c04f4a3132"
	for name, tc := range map[string]struct {
		config config
		key    string
		stored string
		want   string
	}{
		"nothing": {config{from: made}, keptAuto, "",
			`server_id: server-duid in the lease store is damaged: "" is not a DUID-UUID`},
		"a UUID that is cut": {config{from: made}, keptAuto, "\x00\x04\x01\x02",
			`server_id: server-duid in the lease store is damaged: "00:04:01:02" is not a DUID-UUID`},
		"another type": {config{from: made}, keptAuto, "\x00\x07" + strings.Repeat("\x00", 16),
			`server_id: server-duid in the lease store is damaged: "00:07:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00" is not a DUID-UUID`},
		"a time that is cut": {config{from: dated, mac: card}, keptTime, "\x00\x01\x00\x01",
			`server_id: server-duid-llt in the lease store is damaged: "00:01:00:01" is not a DUID-LLT`},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			if err := store.Put(t.Context(), tc.key, []byte(tc.stored)); err != nil {
				t.Fatal(err)
			}
			_, err := start(tc.config, store, strings.Repeat("\x00", 16), now)
			if err == nil || err.Error() != tc.want+advice {
				t.Errorf("got  %v\nwant %s", err, tc.want+advice)
			}
			if kept, _ := store.Get(t.Context(), tc.key); !bytes.Equal(kept, []byte(tc.stored)) {
				t.Errorf("the damaged value was overwritten with %x", kept)
			}
		})
	}
}

// broken is a store that cannot be read, or not be written.
type broken struct {
	lease.Store
	get, put error
}

func (b broken) Get(context.Context, string) ([]byte, error) { return nil, b.get }
func (b broken) Put(context.Context, string, []byte) error   { return b.put }

func TestErrorsOfTheStoreAreTold(t *testing.T) {
	io, none := errors.New("input/output error"), lease.ErrNotFound
	for _, tc := range []struct {
		config config
		store  broken
		want   string
	}{
		{config{from: made}, broken{get: io}, "server_id: read server-duid from the lease store: input/output error"},
		{config{from: made}, broken{get: none, put: io}, "server_id: keep server-duid in the lease store: input/output error"},
		{config{from: dated, mac: card}, broken{get: io}, "server_id: read server-duid-llt from the lease store: input/output error"},
		{config{from: dated, mac: card}, broken{get: none, put: io}, "server_id: keep server-duid-llt in the lease store: input/output error"},
	} {
		if got, err := start(tc.config, tc.store, strings.Repeat("\x00", 16), now); err == nil || err.Error() != tc.want || got != "" {
			t.Errorf("got  %q, %v\nwant %s", got, err, tc.want)
		}
	}
}

func TestWithoutRandomnessThereIsNoDUID(t *testing.T) {
	store := memory.New()
	if got, err := start(config{from: made}, store, "short", now); err == nil || got != "" {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := store.Get(t.Context(), keptAuto); !errors.Is(err, lease.ErrNotFound) {
		t.Errorf("something was kept: %v", err)
	}
}
