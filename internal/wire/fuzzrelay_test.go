package wire

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// FuzzRelays wraps a message into levels that the fuzzer writes option by option.
// Each is unwrapped as the library unwraps it, and a reply gets as many.
func FuzzRelays(f *testing.F) {
	const mac = "\x00\x4f\x00\x08\x00\x01\x52\x54\x00\xaa\xbb\x01"
	const port = "\x00\x12\x00\x04eth0\x00\x25\x00\x06\x00\x00\x01\x57ab\x00\x26\x00\x03sub\x00\x87\x00\x02\x02\x22"
	f.Add([]byte("\x00\x01"+string(rune(len(mac)))+mac), []byte("\x01abc\x00\x01\x00\x03\x00\x03\x01"))
	f.Add([]byte("\x01\x02"+string(rune(len(port)))+port+"\x00\x00\x00"), []byte("\x03abc"))
	f.Add([]byte("\x1f\x01\x04\x00\x4f\x00\x00\x1e\x01\x0c\x00\x4f\x00\x02\x00\x01\x00\x4f\x00\x02\x00\x06"), []byte("\x01abc"))
	f.Add(bytes.Repeat([]byte{8, 1, 0}, MaxRelays), []byte("\x0babc"))
	f.Add(bytes.Repeat([]byte{8, 1, 0}, MaxRelays+1), []byte("\x0babc"))
	f.Add([]byte("\x01\x02\x0a\x00\x09\x00\x00\x00\x42\x00\x04\x00\x41\x00\x00"), []byte("\x0dabc"))
	for _, d := range clientMessages(f) {
		f.Add([]byte{0, 1, 0, 0, 2, 0}, d)
	}
	var m Message
	f.Fuzz(func(t *testing.T, levels, inner []byte) {
		datagram := wrapped(levels, inner)
		if len(datagram) > maxFuzzed {
			return
		}
		reason := m.Decode(datagram)
		if len(m.Relays) > MaxRelays {
			t.Fatalf("%d levels", len(m.Relays))
		}
		compareLevels(t, &m, datagram)
		if reason == OK {
			checkEcho(t, &m)
		}
	})
}

// wrapped wraps a message: of each level there are the hop count, what makes the
// addresses, and the length of the options that stand before the message, with
// those.
func wrapped(levels, inner []byte) []byte {
	for n := 0; len(levels) >= 3 && n < MaxRelays+3; n++ {
		head, end := levels[:3], min(3+int(levels[2]), len(levels))
		b := []byte{byte(dhcpv6.MessageTypeRelayForward), head[0]}
		b = append(b, bytes.Repeat([]byte{head[1]}, 16)...)
		b = append(b, bytes.Repeat([]byte{^head[1]}, 16)...)
		b = append(b, levels[3:end]...)
		inner, levels = AppendOption(b, uint16(dhcpv6.OptionRelayMsg), inner), levels[end:]
	}
	return inner
}

// compareLevels walks the levels as far as both understand them.
func compareLevels(t *testing.T, m *Message, datagram []byte) {
	t.Helper()
	for i := range m.Relays {
		r := &m.Relays[i]
		options, ok := generic(datagram[relayHeaderLen:])
		if !ok { // octets are left; the library takes none of it then
			return
		}
		if datagram[1] != r.HopCount || !bytes.Equal(datagram[2:18], r.LinkAddr.AsSlice()) || !bytes.Equal(datagram[18:34], r.PeerAddr.AsSlice()) {
			t.Fatalf("level %d is %+v, want %x", i, r, datagram[:relayHeaderLen])
		}
		compareRelayOptions(t, r, options)
		next := options.GetOne(dhcpv6.OptionRelayMsg)
		if next == nil {
			return
		}
		datagram = next.ToBytes()
	}
}

// generic has the library cut options apart, and make nothing of them.
func generic(area []byte) (o dhcpv6.Options, ok bool) {
	err := o.FromBytesWithParser(area, func(code dhcpv6.OptionCode, data []byte) (dhcpv6.Option, error) {
		return &dhcpv6.OptionGeneric{OptionCode: code, OptionData: data}, nil
	})
	return o, err == nil
}

func compareRelayOptions(t *testing.T, r *Relay, o dhcpv6.Options) {
	t.Helper()
	for code, got := range map[dhcpv6.OptionCode][]byte{
		dhcpv6.OptionInterfaceID: r.InterfaceID, dhcpv6.OptionRelayAgentSubscriberID: r.SubscriberID,
		dhcpv6.OptionRSOO: r.RSOO, dhcpv6.OptionClientLinkLayerAddr: r.ClientLinkLayer,
	} {
		first := o.GetOne(code)
		if (first != nil) != (got != nil) || first != nil && !bytes.Equal(first.ToBytes(), got) {
			t.Errorf("%s is %x, the library has %v", code, got, first)
		}
	}
	compareMAC(t, r, o)
	if port := firstOf(o, dhcpv6.OptionRelayPort, 2, 2); r.HasRelayPort != (port != nil) || port != nil && binary.BigEndian.Uint16(port) != r.RelayPort {
		t.Errorf("relay port %d, %t, want %x", r.RelayPort, r.HasRelayPort, port)
	}
	want := firstOf(o, dhcpv6.OptionRemoteID, 5, maxDatagram)
	if enterprise, id := r.Remote(); want != nil && (binary.BigEndian.Uint32(want) != enterprise || !bytes.Equal(want[4:], id)) || want == nil && id != nil {
		t.Errorf("remote id %d %x, want %x", enterprise, id, want)
	}
}

// compareMAC: only a whole Ethernet address is one, of the first option 79. That of a
// group, which the library takes, is no machine's.
func compareMAC(t *testing.T, r *Relay, o dhcpv6.Options) {
	t.Helper()
	first := o.GetOne(dhcpv6.OptionClientLinkLayerAddr)
	if first == nil || len(first.ToBytes()) != 8 || !bytes.HasPrefix(first.ToBytes(), []byte{0, 1}) || first.ToBytes()[2]&1 != 0 {
		if mac := r.MAC(); !mac.IsZero() {
			t.Errorf("MAC %s of %v", mac, first)
		}
		return
	}
	typed, err := dhcpv6.ParseOption(dhcpv6.OptionClientLinkLayerAddr, first.ToBytes())
	if err != nil {
		t.Fatalf("the library refuses %x: %v", first.ToBytes(), err)
	}
	var with dhcpv6.RelayMessage
	with.AddOption(typed)
	if _, theirs := with.Options.ClientLinkLayerAddress(); theirs.String() != r.MAC().String() {
		t.Errorf("MAC %s, the library says %s", r.MAC(), theirs)
	}
}

// firstOf gives the data of the first option of a length that is right.
func firstOf(o dhcpv6.Options, code dhcpv6.OptionCode, least, most int) []byte {
	for _, one := range o.Get(code) {
		if data := one.ToBytes(); least <= len(data) && len(data) <= most {
			return data
		}
	}
	return nil
}
