package simulate

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// stayed boots a machine and gives what is up then.
func stayed(t *testing.T, plan string, answer func([]byte) [][]byte, watch Watcher) (*Session, *fakeSocket) {
	t.Helper()
	socket := newFakeSocket(answer)
	b := Boot{Plan: mustPlan(t, plan), Carrier: carrierOver(t, socket, nil), Watch: watch}
	up, err := b.Stay(t.Context(), NewMachine(testMAC, UUID{}, 1))
	if err != nil || len(up) != 1 {
		t.Fatalf("got %d sessions and %v", len(up), err)
	}
	return up[0], socket
}

// last reads the last datagram that was sent.
func (s *fakeSocket) last(t *testing.T) *dhcpv6.Message {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := dhcpv6.MessageFromBytes(s.sent[len(s.sent)-1].datagram)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func optionCodes(m *dhcpv6.Message) (out []int) {
	for _, o := range m.Options.Options {
		out = append(out, int(o.Code()))
	}
	slices.Sort(out)
	return out
}

func TestASystemThatIsUpSaysWhatSystemsSay(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*Session) error
		kind dhcpv6.MessageType
		want []int // the codes of options
	}{
		"it renews with its server":           {func(s *Session) error { return s.Renew(t.Context()) }, dhcpv6.MessageTypeRenew, []int{1, 2, 3, 6, 8}},
		"it rebinds with any server":          {func(s *Session) error { return s.Rebind(t.Context()) }, dhcpv6.MessageTypeRebind, []int{1, 3, 6, 8}},
		"it asks whether it is still on link": {func(s *Session) error { return s.Confirm(t.Context()) }, dhcpv6.MessageTypeConfirm, []int{1, 3, 6, 8}},
		"it gives back":                       {func(s *Session) error { return s.Release(t.Context()) }, dhcpv6.MessageTypeRelease, []int{1, 2, 3, 8}},
		"it declines":                         {func(s *Session) error { return s.Decline(t.Context()) }, dhcpv6.MessageTypeDecline, []int{1, 2, 3, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			s, socket := stayed(t, "dhclient", lend(testAddress, nil), nil)
			if err := c.do(s); err != nil {
				t.Fatal(err)
			}
			sent := socket.last(t)
			if sent.MessageType != c.kind {
				t.Errorf("it sent a %v", sent.MessageType)
			}
			if diff := cmp.Diff(c.want, optionCodes(sent)); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			if ia := sent.Options.OneIANA(); ia == nil || !ia.Options.OneAddress().IPv6Addr.Equal(testAddress.AsSlice()) {
				t.Errorf("its IA is %v", ia)
			}
			if held := len(s.Client.Leases()); (held == 0) != ends(c.kind) {
				t.Errorf("it holds %d leases", held)
			}
		})
	}
}

func TestASystemThatIsUpKnowsItsTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := stayed(t, "dhclient", lend(testAddress, nil), nil)
		began := time.Now()
		got := []time.Duration{s.RenewAt().Sub(began), s.RebindAt().Sub(began), s.Until().Sub(began)}
		if diff := cmp.Diff([]time.Duration{1800 * time.Second, 2880 * time.Second, 7200 * time.Second}, got); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		if err := s.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.Until().Sub(began); got != 3*time.Hour {
			t.Errorf("after a Renew it ends after %v", got)
		}
		s.stage.way.carrier.Close()
	})
}

func TestASystemWhoseServerForgotItHoldsNothingMore(t *testing.T) {
	var ledger Ledger
	forgot := false
	s, _ := stayed(t, "dhclient", lend(testAddress, func(m *dhcpv6.Message) {
		if forgot {
			m.Options.OneIANA().Options.Options = dhcpv6.Options{&dhcpv6.OptStatusCode{StatusCode: iana.StatusNoBinding}}
		}
	}), &ledger)
	if n := len(ledger.Holdings(time.Now())); n != 1 {
		t.Fatalf("it holds %d leases", n)
	}
	forgot = true
	s.stage.way.timing = Timing{Tries: 1, First: time.Millisecond}
	if err := s.Renew(t.Context()); err == nil {
		t.Error("no error")
	}
	if n := len(ledger.Holdings(time.Now())); n != 0 {
		t.Errorf("it holds %d leases", n)
	}
}

func TestWhatARenewalEndsIsHeldNoMore(t *testing.T) {
	var ledger Ledger
	renewed := false
	s, _ := stayed(t, "dhclient", lend(testAddress, func(m *dhcpv6.Message) {
		if renewed {
			m.Options.OneIANA().Options.Add(&dhcpv6.OptIAAddress{IPv6Addr: testAddress.Next().AsSlice(), PreferredLifetime: time.Hour, ValidLifetime: time.Hour})
			a := m.Options.OneIANA().Options.OneAddress()
			a.PreferredLifetime, a.ValidLifetime = 0, 0
		}
	}), &ledger)
	renewed = true
	if err := s.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := ledger.Holdings(time.Now())
	if len(held) != 1 || held[0].Prefix.Addr() != testAddress.Next() {
		t.Errorf("it holds %v", held)
	}
}

func TestALeaseThatARenewalShortensIsTold(t *testing.T) {
	var ledger Ledger
	renewed := false
	s, _ := stayed(t, "dhclient", lend(testAddress, func(m *dhcpv6.Message) {
		if a := m.Options.OneIANA().Options.OneAddress(); renewed {
			a.PreferredLifetime, a.ValidLifetime = time.Hour, time.Hour
		}
	}), &ledger)
	if err := s.Renew(t.Context()); err != nil || len(ledger.Shortened()) != 0 {
		t.Fatalf("got %v, shortened: %v", err, ledger.Shortened())
	}
	renewed = true
	if err := s.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	short := ledger.Shortened()
	if len(short) != 1 || short[0].By < 59*time.Minute || short[0].By > time.Hour {
		t.Errorf("got %v", short)
	}
}

func TestWhatIsBeingGivenBackIsFreeForOthersAtOnce(t *testing.T) {
	var ledger Ledger
	s, _ := stayed(t, "dhclient", lend(testAddress, nil), Watchers{nil, &ledger})
	ledger.Leaving(s.Client)
	if held := ledger.Holdings(time.Now()); len(held) != 0 {
		t.Errorf("it holds %v", held)
	}
}
