package explain

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/wire"
	"github.com/stage6/stage6/pipeline"
)

// Words are what Describe understands beside the type of the message.
func Words() []string {
	return []string{"mac", "duid", "iaid", "class", "user_class", "arch", "asks", "ia", "address", "server", "relay", "link_address", "peer", "interface", "option79"}
}

// described is a client in words.
type described struct {
	kind byte
	word map[string]string
}

// IsMessage says whether a word is the type of a message that clients send.
func IsMessage(word string) bool { return messageType(word) != 0 }

// messageType gives the type of a message, or 0.
func messageType(word string) byte {
	return map[string]byte{"solicit": 1, "request": 3, "confirm": 4, "renew": 5, "rebind": 6, "release": 8, "decline": 9, "information-request": 11}[word]
}

// Describe makes a message of a client that is described in words, such as:
//
//	solicit mac=52:54:00:aa:bb:01 class=HTTPClient arch=arm64 relay=2001:db8:ffff::1
//
// What is not said is as such clients have it. The server's DUID, where a message
// names one, is that of server=.
func Describe(words []string) (m api.TryMessage, err error) {
	d := described{word: map[string]string{}}
	for i, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok {
			if !slices.Contains(Words(), name) {
				return m, fmt.Errorf("%q: want one of %s", name, strings.Join(Words(), ", "))
			}
			d.word[name] = value
			continue
		}
		if d.kind = messageType(w); d.kind == 0 || i > 0 {
			return m, fmt.Errorf("%q: want the type of the message first, such as solicit, and then words such as mac=52:54:00:aa:bb:01", w)
		}
	}
	if d.kind == 0 {
		d.kind = 1
	}
	return d.message()
}

func (d *described) message() (m api.TryMessage, err error) {
	mac, err := d.mac()
	if err != nil {
		return m, err
	}
	inner, err := d.client(mac)
	if err != nil {
		return m, err
	}
	peer := netip.MustParseAddr("fe80::")
	b, low := peer.As16(), mac.InterfaceID().As16()
	copy(b[8:], low[8:])
	peer = netip.AddrFrom16(b)
	if text := d.word["peer"]; text != "" {
		if peer, err = netip.ParseAddr(text); err != nil {
			return m, fmt.Errorf("peer: %w", err)
		}
	}
	m.Interface = d.word["interface"]
	relay := d.word["relay"]
	if relay == "" {
		m.From, m.FrameMAC, m.Datagram = netip.AddrPortFrom(peer, 546), mac, inner
		return m, nil
	}
	return d.relayed(m, relay, peer, mac, inner)
}

// relayed wraps the message as a relay agent does, with option 79 unless it is not to.
func (d *described) relayed(m api.TryMessage, relay string, peer netip.Addr, mac ident.MAC, inner []byte) (api.TryMessage, error) {
	from, err := netip.ParseAddr(relay)
	if err != nil {
		return m, fmt.Errorf("relay: %w", err)
	}
	on := from
	if text := d.word["link_address"]; text != "" {
		if on, err = netip.ParseAddr(text); err != nil {
			return m, fmt.Errorf("link_address: %w", err)
		}
	}
	at, who := on.As16(), peer.As16()
	data := append([]byte{12, 0}, at[:]...)
	data = append(data, who[:]...)
	if d.word["option79"] != "no" {
		data = wire.AppendOption(data, 79, append([]byte{0, 1}, mac[:]...))
	}
	m.Datagram = wire.AppendOption(data, 9, inner)
	m.From, m.To = netip.AddrPortFrom(from, serverPort), from
	return m, nil
}

func (d *described) mac() (ident.MAC, error) {
	text := d.word["mac"]
	if text == "" {
		text = "02:00:00:00:00:01"
	}
	return ident.ParseMAC(text)
}

// client makes the client's own message.
func (d *described) client(mac ident.MAC) ([]byte, error) {
	duid := append([]byte{0, 3, 0, 1}, mac[:]...)
	if text := d.word["duid"]; text != "" {
		read, err := ident.ParseDUID(text)
		if err != nil {
			return nil, err
		}
		duid = []byte(read)
	}
	msg := wire.AppendOption([]byte{d.kind, 0, 0, 1}, 1, duid)
	if text := d.word["server"]; text != "" {
		server, err := ident.ParseDUID(text)
		if err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
		msg = wire.AppendOption(msg, 2, []byte(server))
	}
	for _, add := range []func([]byte) ([]byte, error){d.ias, d.asks, d.classes} {
		var err error
		if msg, err = add(msg); err != nil {
			return nil, err
		}
	}
	return msg, nil
}

// ias appends what the client wants: an IA_NA, unless ia says otherwise.
func (d *described) ias(msg []byte) ([]byte, error) {
	wants := d.word["ia"]
	if wants == "" && d.kind != 11 {
		wants = "na"
	}
	var iaid uint64 = 1
	if text := d.word["iaid"]; text != "" {
		var err error
		if iaid, err = strconv.ParseUint(text, 0, 32); err != nil {
			return nil, fmt.Errorf("iaid %q: want a number", text)
		}
	}
	for _, kind := range strings.FieldsFunc(wants, func(r rune) bool { return r == ',' }) {
		code := map[string]uint16{"na": uint16(ident.NA), "pd": uint16(ident.PD)}[kind]
		if code == 0 {
			return nil, fmt.Errorf("ia %q: want na, pd or na,pd", wants)
		}
		data := append(binary.BigEndian.AppendUint32(nil, uint32(iaid)), make([]byte, 8)...)
		if text := d.word["address"]; text != "" && kind == "na" {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("address: %w", err)
			}
			data = wire.AppendIAAddr(data, a, 0, 0, nil)
		}
		msg = wire.AppendOption(msg, code, data)
	}
	return msg, nil
}

// asks appends the options that the client asks for: those that such a client does.
func (d *described) asks(msg []byte) ([]byte, error) {
	text := d.word["asks"]
	if text == "" {
		text = "23,24"
		if strings.HasPrefix(d.word["class"], "PXE") || strings.HasPrefix(d.word["class"], "HTTP") || d.word["user_class"] == "iPXE" {
			text = "59,60,23,16"
		}
	}
	var data []byte
	for field := range strings.SplitSeq(text, ",") {
		code, err := strconv.ParseUint(field, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("asks %q: want numbers of options such as 23,59", text)
		}
		data = binary.BigEndian.AppendUint16(data, uint16(code))
	}
	return wire.AppendOption(msg, 6, data), nil
}

// classes appends vendor class, user class and architecture.
func (d *described) classes(msg []byte) ([]byte, error) {
	if class := d.word["class"]; class != "" {
		data := binary.BigEndian.AppendUint32(nil, 343)
		data = append(binary.BigEndian.AppendUint16(data, uint16(len(class))), class...)
		msg = wire.AppendOption(msg, 16, data)
	}
	if class := d.word["user_class"]; class != "" {
		msg = wire.AppendOption(msg, 15, append(binary.BigEndian.AppendUint16(nil, uint16(len(class))), class...))
	}
	text := d.word["arch"]
	if text == "" {
		return msg, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if archs := pipeline.ArchsNamed(text); archs != nil {
		n, err = uint64(archs[0]), nil
	}
	if err != nil {
		return nil, fmt.Errorf("arch %q: want a number of option 61, or one of %s", text, strings.Join(pipeline.ArchNames(), ", "))
	}
	return wire.AppendOption(msg, 61, binary.BigEndian.AppendUint16(nil, uint16(n))), nil
}
