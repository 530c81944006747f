package main

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab/tap"
)

// solicit is a message of a client's with an IA, asking for DNS servers and the
// search list.
func solicit(kind dhcpv6.MessageType, options ...byte) []byte {
	message := []byte{byte(kind), 0, 0, 7,
		0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 9,
		0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 6, 0, 4, 0, 23, 0, 24}
	return append(message, options...)
}

var rapidCommit = []byte{0, 14, 0, 0}

// relayed is a message as a relay agent forwards it.
func relayed(message []byte) []byte {
	forward := append([]byte{12, 0}, make([]byte, 32)...)
	forward = binary.BigEndian.AppendUint16(append(forward, 0, 9), uint16(len(message)))
	return append(forward, message...)
}

// answered judges a message and its answer.
func answered(t *testing.T, scenario string, message, answer []byte) seen {
	t.Helper()
	begin := time.Unix(1000, 0)
	v, err := judge([]tap.Frame{{At: begin, Payload: message}, {At: begin.Add(3 * time.Millisecond), Sent: true, Payload: answer}}, choose(scenario)[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnswersOfTheMirrorAreWhatTheScenariosAskFor(t *testing.T) {
	for _, test := range []struct {
		scenario string
		kind     dhcpv6.MessageType
		message  []byte
	}{
		{"exchange", dhcpv6.MessageTypeSolicit, solicit(dhcpv6.MessageTypeSolicit)},
		{"rapid", dhcpv6.MessageTypeSolicit, solicit(dhcpv6.MessageTypeSolicit, rapidCommit...)},
		{"relayed", dhcpv6.MessageTypeSolicit, relayed(solicit(dhcpv6.MessageTypeSolicit))},
	} {
		t.Run(test.scenario, func(t *testing.T) {
			v := answered(t, test.scenario, test.message, reflect(nil, test.message, 5))
			if v.good[test.kind] != 1 || v.bad != 0 {
				t.Errorf("good %v, bad %d: %v", v.good, v.bad, v.example)
			}
			if d := v.delays[test.kind]; len(d) != 1 || d[0] != 3*time.Millisecond {
				t.Errorf("delays %v", d)
			}
		})
	}
}

func TestAnAnswerThatIsNotWhatWasAskedForIsFound(t *testing.T) {
	plain := solicit(dhcpv6.MessageTypeSolicit)
	rapid := solicit(dhcpv6.MessageTypeSolicit, rapidCommit...)
	for _, test := range []struct {
		name, scenario  string
		message, answer []byte
		want            string
	}{
		{"an Advertise in the place of a Reply", "rapid", rapid, reflect(nil, plain, 5), "want REPLY"},
		{"an answer that is not relayed", "relayed", relayed(plain), reflect(nil, plain, 5), "relayed"},
		{"no address", "exchange", plain, append([]byte{2}, append(append([]byte(nil), plain[1:34]...), tail...)...), "no address"},
		{"an option less", "exchange", plain, reflect(nil, plain, 5)[:96], "missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := answered(t, test.scenario, test.message, test.answer)
			if v.bad != 1 || !strings.Contains(v.example.Error(), test.want) {
				t.Errorf("bad %d: %v, want %q", v.bad, v.example, test.want)
			}
			if v.check(choose(test.scenario)[0], 1) == nil {
				t.Error("the measurement does not fail")
			}
		})
	}
}

func TestClientsThatDoNotComeToTheLastReplyFailTheMeasurement(t *testing.T) {
	message := solicit(dhcpv6.MessageTypeSolicit)
	v := answered(t, "renew", message, reflect(nil, message, 5))
	if err := v.check(choose("renew")[0], 1); err == nil {
		t.Error("a renewal that never was is no error")
	}
}

func TestDelaysWithinWhichAShareOfTheAnswersCame(t *testing.T) {
	var sorted []time.Duration
	for i := range 100 {
		sorted = append(sorted, time.Duration(i+1))
	}
	for share, want := range map[float64]time.Duration{0.5: 51, 0.9: 91, 0.99: 100, 1: 100} {
		if got := at(sorted, share); got != want {
			t.Errorf("%v: got %d, want %d", share, got, want)
		}
	}
	if got := at(nil, 0.5); got != 0 {
		t.Errorf("of none: %v", got)
	}
}
