package simulate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"
)

// waits runs a boot over a socket that nobody answers, and gives the waits
// between the tries of its first message and how long it took to give up.
func waits(t *testing.T, profile string, timing Timing) (between []time.Duration, all time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		socket := newFakeSocket(silent)
		carrier := newCarrier(socket, nil)
		defer carrier.Close()
		began := time.Now()
		b := Boot{Plan: mustPlan(t, profile), Carrier: carrier, Timing: timing}
		if err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("got %v, want that nobody answers", err)
		}
		all = time.Since(began)
		times := socket.times()
		for i := range times[1:] {
			between = append(between, times[i+1]-times[i])
		}
	})
	return between, all
}

func TestFirmwareTriesAsOftenAsUEFIDoes(t *testing.T) {
	between, all := waits(t, "uefi-pxe", Timing{Real: true})
	want := []time.Duration{9 * time.Second, 12 * time.Second, 26 * time.Second}
	if len(between) != len(want) {
		t.Fatalf("waits %v, want %v", between, want)
	}
	for i := range want {
		if between[i] != want[i] {
			t.Errorf("wait %d is %v, want %v", i, between[i], want[i])
		}
	}
	if all != 73*time.Second {
		t.Errorf("gave up after %v, want 1m13s", all)
	}
}

func TestAMessageIsRepeatedAfterTheRFC(t *testing.T) {
	between, _ := waits(t, "dhclient", Timing{Tries: 6})
	if len(between) != 5 {
		t.Fatalf("%d waits, want 5", len(between))
	}
	if between[0] <= time.Second || between[0] > 1100*time.Millisecond {
		t.Errorf("the first wait is %v, want more than a second and at most a tenth more", between[0])
	}
	for i := range between[1:] {
		ratio := float64(between[i+1]) / float64(between[i])
		if ratio < 1.9 || ratio > 2.1 {
			t.Errorf("wait %d is %.2f times the one before, want 1.9 to 2.1", i+1, ratio)
		}
	}
}

func TestTheFirstWaitCanBeAnother(t *testing.T) {
	between, _ := waits(t, "dhclient", Timing{Tries: 2, First: 10 * time.Millisecond})
	if len(between) != 1 || between[0] > 11*time.Millisecond {
		t.Errorf("waits %v, want one of about 10 ms", between)
	}
}

func TestWaitsStopGrowing(t *testing.T) {
	m := NewMachine(testMAC, UUID{}, 1)
	s := Timing{Real: true}.schedule(newClient(mustPlan(t, "dhclient")[0][0], m, newXIDs(m)), request)
	var wait time.Duration
	tries := 0
	for ; ; tries++ {
		next, more := s.next(tries, wait)
		if !more {
			break
		}
		wait = next
	}
	if tries != 10 || wait < 27*time.Second || wait > 33*time.Second {
		t.Errorf("%d tries, the last waits %v; want 10 and 30s give or take a tenth", tries, wait)
	}
}

func TestARetransmissionTellsHowLongTheClientHasTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		socket := newFakeSocket(silent)
		carrier := newCarrier(socket, nil)
		defer carrier.Close()
		b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrier, Timing: Timing{Tries: 2}}
		_ = b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)) // nobody answers
		second, err := dhcpv6.MessageFromBytes(socket.sent[1].datagram)
		if err != nil {
			t.Fatal(err)
		}
		if got := second.Options.ElapsedTime(); got < time.Second || got > 1100*time.Millisecond {
			t.Errorf("elapsed time %v, want about a second", got)
		}
	})
}

func TestAClientInRealTimeWaitsForTheBestOffer(t *testing.T) {
	for name, c := range map[string]struct {
		preference byte // of the second server
		waits      time.Duration
	}{
		"unless an offer has preference 255": {255, 0},
		"for as long as it does":             {7, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := lend(testAddress, func(m *dhcpv6.Message) {
					m.AddOption(&dhcpv6.OptionGeneric{OptionCode: dhcpv6.OptionPreference, OptionData: []byte{c.preference}})
				})
				socket := newFakeSocket(func(d []byte) [][]byte { return append(lend(testAddress, nil)(d), answer(d)...) })
				carrier := newCarrier(socket, nil)
				defer carrier.Close()
				b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrier, Timing: Timing{Real: true}}
				if err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)); err != nil {
					t.Fatal(err)
				}
				if times := socket.times(); len(times) != 2 || times[1] != c.waits {
					t.Errorf("messages at %v, want a Request after %v", times, c.waits)
				}
			})
		})
	}
}

func TestAnInterruptedMachineEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		carrier := newCarrier(newFakeSocket(silent), nil)
		defer carrier.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		b := Boot{Plan: mustPlan(t, "dhclient"), Carrier: carrier}
		began := time.Now()
		err := b.Run(ctx, NewMachine(testMAC, UUID{}, 1))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 100*time.Millisecond {
			t.Errorf("ended with %v after %v", err, time.Since(began))
		}
	})
}

// The second client of the firmware runs while the first waits for more offers,
// and both give back what they have as the capture shows.
func TestFirmwareTakesTheTimesOfTheCapture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		socket := newFakeSocket(lend(testAddress, everyBoot("tftp://[2001:db8::2]/x")))
		carrier := newCarrier(socket, nil)
		defer carrier.Close()
		b := Boot{Plan: mustPlan(t, "uefi-pxe+uefi-ip6"), Carrier: carrier, Timing: Timing{Real: true}}
		if err := b.Run(t.Context(), NewMachine(testMAC, UUID{}, 1)); err != nil {
			t.Fatal(err)
		}
		const ms = time.Millisecond
		want := []time.Duration{0, 900 * ms, 900 * ms, 6000 * ms, 6000 * ms, 13000 * ms}
		if diff := cmp.Diff(want, socket.times()); diff != "" {
			t.Errorf("times of the messages (-want +got):\n%s", diff)
		}
		var kinds []dhcpv6.MessageType
		for _, s := range socket.sent {
			kinds = append(kinds, dhcpv6.MessageType(s.datagram[0]))
		}
		if diff := cmp.Diff([]dhcpv6.MessageType{solicit, solicit, request, request, release, release}, kinds); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}
