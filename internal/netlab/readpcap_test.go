package netlab_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/netlab"
)

var wroteAt = time.Unix(1700000000, 5000).UTC()

// written gives a pcap file of one packet, and the frame in it.
func written(t *testing.T) (file, frame []byte) {
	t.Helper()
	var b bytes.Buffer
	check(t, netlab.WritePcap(&b, []netlab.Packet{netlab.NewPacket(wroteAt, "one")}))
	return b.Bytes(), b.Bytes()[40:]
}

// recast gives the pcap file of one frame of another link type.
func recast(file []byte, kind uint32, frame []byte) []byte {
	out := binary.LittleEndian.AppendUint32(bytes.Clone(file[:20]), kind)
	out = append(out, file[24:32]...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(frame)))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(frame)))
	return append(out, frame...)
}

// block makes a block of a pcapng file.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	length := uint32(len(body) + 12)
	out := order.AppendUint32(order.AppendUint32(nil, kind), length)
	return order.AppendUint32(append(out, body...), length)
}

// ng makes a pcapng file of a frame of an interface that counts nanoseconds.
func ng(order binary.AppendByteOrder, frame []byte) []byte {
	section := order.AppendUint32(nil, 0x1a2b3c4d)
	section = append(order.AppendUint16(order.AppendUint16(section, 1), 0), bytes.Repeat([]byte{0xff}, 8)...)
	link := order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, 1), 0), 0)
	link = append(order.AppendUint16(order.AppendUint16(link, 9), 1), 9, 0, 0, 0)
	packet := order.AppendUint32(nil, 0)
	at := uint64(wroteAt.UnixNano())
	packet = order.AppendUint32(order.AppendUint32(packet, uint32(at>>32)), uint32(at))
	packet = order.AppendUint32(order.AppendUint32(packet, uint32(len(frame))), uint32(len(frame)))
	out := append(block(order, 0x0a0d0d0a, section), block(order, 1, link)...)
	out = append(out, block(order, 5, make([]byte, 12))...) // statistics, passed over
	return append(out, block(order, 6, append(packet, frame...))...)
}

func TestCapturesOfManyKindsAreRead(t *testing.T) {
	file, frame := written(t)
	want, err := netlab.ReadPcap(bytes.NewReader(file))
	check(t, err)
	mac, kind, packet := frame[6:12], frame[12:14], frame[14:]
	cooked := append(append(append(append([]byte{0, 1, 0, 1, 0, 6}, mac...), 0, 0), kind...), packet...)
	cooked2 := append(append(append(append(bytes.Clone(kind), 0, 0, 0, 0, 0, 2, 0, 1, 1, 6), mac...), 0, 0), packet...)
	tagged := append(append(bytes.Clone(frame[:12]), 0x88, 0xa8, 0, 5, 0x81, 0, 0, 7), frame[12:]...)
	for name, file := range map[string][]byte{
		"Linux cooked":          recast(file, 113, cooked),
		"Linux cooked 2":        recast(file, 276, cooked2),
		"two VLAN tags":         recast(file, 1, tagged),
		"pcapng, little-endian": ng(binary.LittleEndian, frame),
		"pcapng, big-endian":    ng(binary.BigEndian, frame),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := netlab.ReadPcap(bytes.NewReader(file))
			check(t, err)
			if diff := cmp.Diff(want, got, netlab.ComparePackets); diff != "" {
				t.Errorf("packets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadPcapRefusesBrokenPcapng(t *testing.T) {
	_, frame := written(t)
	whole := ng(binary.LittleEndian, frame)
	section := len(block(binary.LittleEndian, 0x0a0d0d0a, make([]byte, 16)))
	long := append(bytes.Clone(whole[:section]), 6, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff)
	for name, test := range map[string]struct {
		file []byte
		err  string
	}{
		"another byte order":      {append(bytes.Clone(whole[:8]), 1, 2, 3, 4), "byte order 01020304"},
		"cut off":                 {whole[:len(whole)-10], io.ErrUnexpectedEOF.Error()},
		"a block without end":     {long, "more than 1048576"},
		"a frame of no interface": {append(bytes.Clone(whole[:section]), block(binary.LittleEndian, 6, make([]byte, 20))...), "interface 0, which there is not"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := netlab.ReadPcap(bytes.NewReader(test.file))
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want one with %q", err, test.err)
			}
		})
	}
}

func FuzzReadPcap(f *testing.F) {
	var b bytes.Buffer
	if err := netlab.WritePcap(&b, []netlab.Packet{netlab.NewPacket(wroteAt, "one")}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(ng(binary.LittleEndian, b.Bytes()[40:]))
	f.Fuzz(func(t *testing.T, file []byte) {
		packets, _ := netlab.ReadPcap(bytes.NewReader(file))
		if len(packets)*64 > len(file) {
			t.Errorf("%d packets out of %d octets", len(packets), len(file))
		}
	})
}
