package simulate

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/validate"
)

func TestEveryAnswerIsHeldAgainstTheRules(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*dhcpv6.Message)
		checker *validate.Checker
		answers uint64
		want    string // part of the first breach; "" for none
	}{
		"a good answer": {checker: &validate.Checker{}, answers: 2},
		"a boot file for who does not boot": {
			change: everyBoot("tftp://[2001:db8::2]/x"), checker: &validate.Checker{}, answers: 2,
			want: "the Advertise to a Solicit of dhclient of 52:54:00:aa:bb:01: an option is sent only to who asks for it: option 59",
		},
		"a Reply with less than the Advertise": {
			change: func(m *dhcpv6.Message) {
				if m.MessageType == dhcpv6.MessageTypeAdvertise {
					m.AddOption(dhcpv6.OptDNS(testAddress.AsSlice()))
				}
			}, checker: &validate.Checker{}, answers: 2,
			want: "the Reply to a Request of dhclient of 52:54:00:aa:bb:01: an Advertise has what the Reply to the Request has: option 23 is in the Advertise only",
		},
		"a boot file for everybody, as configured": {
			change: everyBoot("tftp://[2001:db8::2]/x"), checker: &validate.Checker{Unasked: []uint16{59}}, answers: 2,
		},
		"nobody looks": {change: everyBoot("tftp://[2001:db8::2]/x")},
	} {
		t.Run(name, func(t *testing.T) {
			b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrierOver(t, newFakeSocket(lend(testAddress, c.change)), nil)}
			b.Carrier.Check(c.checker)
			if err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)); err != nil {
				t.Fatal(err)
			}
			answers, breaches, first := b.Carrier.Checked()
			if answers != c.answers || (breaches > 0) != (c.want != "") || int(breaches) != len(first) {
				t.Errorf("%d answers, %d breaches: %v", answers, breaches, first)
			}
			if len(first) > 0 && !strings.Contains(first[0].String(), c.want) {
				t.Errorf("got %v, want %q", first[0], c.want)
			}
		})
	}
}

// TestAnswersThatAreLateAreCheckedToo also where several messages have one
// transaction ID, as iPXE's have.
func TestAnswersThatAreLateAreCheckedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		socket := newFakeSocket(lend(testAddress, everyBoot("http://[2001:db8::2]/x")))
		b := Boot{Plan: mustPlan(t, "ipxe,ipxe"), Carrier: newCarrier(socket, nil)}
		b.Carrier.Impair(impair.Rates{Duplicate: 1, Delay: 100 * time.Millisecond}, 1)
		if err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		b.Carrier.Close()
		answers, breaches, first := b.Carrier.Checked()
		if answers != 16 || breaches != 0 || b.Carrier.Strays() != 0 {
			t.Errorf("%d answers, %d breaches, %d strays: %v", answers, breaches, b.Carrier.Strays(), first)
		}
	})
}

func TestOldExchangesAreForgotten(t *testing.T) {
	b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrierOver(t, newFakeSocket(lend(testAddress, nil)), nil)}
	m := NewMachine(testMAC, UUID{}, 1)
	for range remembered {
		if err := b.Run(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	b.Carrier.mu.Lock()
	defer b.Carrier.mu.Unlock()
	if past, ids := len(b.Carrier.checks.past), len(b.Carrier.checks.byXID); past != remembered || ids > remembered {
		t.Errorf("%d exchanges are remembered, of %d transactions", past, ids)
	}
}
