package simulate

import (
	"context"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// BenchmarkExchange measures what one exchange costs the simulator, and how many
// it could make in a second beside a server that costs nothing. The server here
// fills in a prepared answer.
func BenchmarkExchange(b *testing.B) {
	plan, err := ParsePlan("networkd")
	if err != nil {
		b.Fatal(err)
	}
	carrier := newCarrier(newFakeSocket(prepared(b)), nil)
	defer carrier.Close()
	c := &Crowd{Boot: Boot{Plan: plan, Carrier: carrier}, First: testMAC, Count: max(b.N/2, 1), AtOnce: 100, Random: 1}
	b.ReportAllocs()
	b.ResetTimer()
	r := c.Begin()
	if err := c.Run(context.Background(), r); err != nil {
		b.Fatal(err)
	}
	t := r.Totals()
	if t.Failed > 0 {
		b.Fatal(r.Reasons())
	}
	b.ReportMetric(float64(t.Exchanges)/t.Took.Seconds(), "exchanges/s")
}

// prepared answers networkd: it puts the transaction ID, the DUID and the IAID of
// a message into an answer that was made before.
func prepared(b *testing.B) func([]byte) [][]byte {
	m := NewMachine(testMAC, UUID{}, 1)
	client := newClient(mustLookup(b, "networkd"), m, newXIDs(m))
	sent, err := dhcpv6.MessageFromBytes(client.Profile.solicit.message(client, solicit, dhcpv6.TransactionID{}))
	if err != nil {
		b.Fatal(err)
	}
	answer := lendTo(sent, testAddress).ToBytes()
	return func(datagram []byte) [][]byte {
		in, err := parseAnswer(datagram)
		if err != nil {
			panic(err)
		}
		duid, _ := in.get(dhcpv6.OptionClientID)
		ia, _ := in.get(dhcpv6.OptionIANA)
		out := append([]byte(nil), answer...)
		copy(out[1:4], datagram[1:4])
		copy(out[messageHeader+4:], duid)
		a, _ := parseAnswer(out)
		given, _ := a.get(dhcpv6.OptionIANA)
		copy(given, ia[:4])
		if in.Type != solicit {
			out[0] = byte(dhcpv6.MessageTypeReply)
		}
		return [][]byte{out}
	}
}

func mustLookup(tb testing.TB, name string) *Profile {
	tb.Helper()
	p, err := lookup(Profiles(), name)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
