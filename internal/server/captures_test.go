package server_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// TestCaptures replays what real clients sent. Where they name an address or a
// prefix, it is the one that this server offered.
func TestCaptures(t *testing.T) { golden(t, "captures") }

// TestEveryCaptureIsReplayed compares the messages of TestCaptures with the
// captures: all of them, in their order, alike but for addresses and prefixes.
func TestEveryCaptureIsReplayed(t *testing.T) {
	for name, want := range captures(t) {
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("testdata", "captures", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				if !strings.HasPrefix(f.Name, "client ") {
					continue
				}
				if len(want) == 0 {
					t.Fatalf("%s is not in the capture", f.Name)
				}
				if diff := cmp.Diff(want[0].text(), withoutLeases(string(f.Data))); diff != "" {
					t.Errorf("%s (-captured +replayed)\n%s", f.Name, diff)
				}
				want = want[1:]
			}
			if len(want) > 0 {
				t.Errorf("%d messages of the capture are not replayed, the first is\n%s", len(want), want[0].text())
			}
		})
	}
}

// datagram is what a client sent.
type datagram struct {
	from netip.Addr
	data []byte
}

// text gives the datagram as a client step of a golden exchange has it.
func (d *datagram) text() string {
	return withoutLeases("from " + d.from.WithZone("prov0").String() + "\n" + dhcptext.Format(d.data))
}

var leaseValue = regexp.MustCompile(`(?m)^( *(?:address|prefix)) \S+ .*$`)

func withoutLeases(text string) string { return leaseValue.ReplaceAllString(text, "$1") }

// captures reads what clients sent out of the captures, by file.
func captures(tb testing.TB) map[string][]datagram {
	tb.Helper()
	files, err := filepath.Glob("../wire/testdata/captures/*.pcap")
	if err != nil || len(files) == 0 {
		tb.Fatalf("captures: %v, %d files", err, len(files))
	}
	out := map[string][]datagram{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".pcap")] = clientDatagrams(raw)
	}
	return out
}

// clientDatagrams reads a little-endian pcap file of Ethernet frames that hold
// UDP in IPv6 without extension headers, and gives what was sent to port 547.
func clientDatagrams(raw []byte) (out []datagram) {
	const fileHeader, frameHeader, ethernet, ip, udp = 24, 16, 14, 40, 8
	for raw = raw[fileHeader:]; len(raw) > 0; {
		n := frameHeader + int(binary.LittleEndian.Uint32(raw[8:]))
		packet := raw[frameHeader+ethernet : n]
		if binary.BigEndian.Uint16(packet[ip+2:]) == 547 {
			out = append(out, datagram{netip.AddrFrom16([16]byte(packet[8:])), packet[ip+udp:]})
		}
		raw = raw[n:]
	}
	return out
}
