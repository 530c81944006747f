package wire

import (
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// datagrams gives the UDP payloads of every capture below testdata, by file.
func datagrams(t testing.TB) map[string][][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/captures/*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatalf("captures: %v, %d files", err, len(files))
	}
	out := make(map[string][][]byte)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = payloads(t, raw)
	}
	return out
}

// payloads reads a little-endian pcap file of Ethernet frames that hold IPv6
// without extension headers.
func payloads(t testing.TB, raw []byte) (out [][]byte) {
	t.Helper()
	if magic, linkType := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[20:]); magic != 0xa1b2c3d4 || linkType != 1 {
		t.Fatalf("magic %#x, link type %d", magic, linkType)
	}
	for raw = raw[24:]; len(raw) > 0; {
		n := binary.LittleEndian.Uint32(raw[8:])
		frame := raw[16 : 16+n]
		if frame[12] != 0x86 || frame[13] != 0xdd || frame[14+6] != 17 {
			t.Fatalf("frame is not UDP over IPv6: %x", frame)
		}
		out = append(out, frame[14+40+8:])
		raw = raw[16+n:]
	}
	return out
}

// clientMessages gives the datagrams of the captures that clients sent.
func clientMessages(t testing.TB) (out [][]byte) {
	files := datagrams(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, d := range files[name] {
			if len(d) > 0 && (d[0] == 12 || refuses(dhcpv6.MessageType(d[0])) == OK) {
				out = append(out, d)
			}
		}
	}
	return out
}
