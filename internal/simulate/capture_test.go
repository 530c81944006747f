package simulate

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/netlab"
)

// The machines that the captures are of.
var (
	virtualMAC  = ident.MAC{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}
	virtualUUID = UUID{0x4c, 0x4c, 0x45, 0x44, 0x00, 0x42, 0x48, 0x10, 0x80, 0x51, 0xb4, 0xc0, 0x4f, 0x33, 0x33, 0x31}
	hostMAC     = ident.MAC{0x02, 0x00, 0x00, 0x00, 0x00, 0xc1}
)

// The messages that a capture has of a program.
const (
	solicit = dhcpv6.MessageTypeSolicit
	request = dhcpv6.MessageTypeRequest
	release = dhcpv6.MessageTypeRelease
	inform  = dhcpv6.MessageTypeInformationRequest
)

// The messages of a program are those of the capture, octet by octet, but for
// the transaction ID and what the real one drew: the time or machine-id in its
// DUID, and its IAID if random.
func TestEachProgramWritesWhatTheRealOneWrites(t *testing.T) {
	compared := map[string]bool{}
	for _, c := range []struct {
		file, profile string
		mac           ident.MAC
		drawnIAID     bool
		messages      []dhcpv6.MessageType
	}{
		{"uefi-pxe-then-ipxe", "uefi-pxe", virtualMAC, true, []dhcpv6.MessageType{solicit, request, release}},
		{"uefi-pxe-then-ipxe", "uefi-ip6", virtualMAC, true, []dhcpv6.MessageType{solicit, request, release}},
		{"uefi-pxe-then-ipxe", "ipxe", virtualMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"uefi-pxe-preference-255", "uefi-pxe", virtualMAC, true, []dhcpv6.MessageType{solicit, request, release}},
		{"uefi-pxe-preference-255", "uefi-ip6", virtualMAC, true, []dhcpv6.MessageType{solicit, request, release}},
		{"uefi-pxe-preference-255", "ipxe", virtualMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"uefi-pxe-without-ra", "uefi-pxe", virtualMAC, true, []dhcpv6.MessageType{solicit, request, release}},
		{"uefi-http-then-ipxe", "uefi-http", virtualMAC, true, []dhcpv6.MessageType{solicit}},
		{"uefi-http-then-ipxe", "uefi-ip6", virtualMAC, true, []dhcpv6.MessageType{solicit, request}},
		{"dhclient", "dhclient", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dhclient-pd", "dhclient-pd", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dhclient-both", "dhclient-both", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dhclient-info", "dhclient-info", hostMAC, false, []dhcpv6.MessageType{inform}},
		{"dhcpcd", "dhcpcd", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dhcpcd-pd", "dhcpcd-pd", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dhcp6c", "dhcp6c", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"dibbler", "dibbler", hostMAC, false, []dhcpv6.MessageType{solicit, request}},
		{"networkd", "networkd", hostMAC, true, []dhcpv6.MessageType{solicit}},
	} {
		compared[c.profile] = true
		t.Run(c.profile+" of "+c.file, func(t *testing.T) {
			s := newScript(t, c.file, c.profile, c.mac)
			s.takeDUID()
			if c.drawnIAID {
				s.takeIAIDs()
			}
			for _, kind := range c.messages {
				s.compare(kind)
			}
		})
	}
	for _, p := range Profiles() {
		if p.IsCaptured() != compared[p.Name] {
			t.Errorf("%s: it says that it is captured: %v, it is compared: %v", p.Name, p.IsCaptured(), compared[p.Name])
		}
	}
}

// script is the part of a program in a capture.
type script struct {
	t      *testing.T
	client *Client
	first  Answer // the program's first message
	sent   []Answer
	came   map[dhcpv6.TransactionID]Answer
}

func newScript(t *testing.T, file, profile string, mac ident.MAC) *script {
	t.Helper()
	p, err := lookup(Profiles(), profile)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMachine(mac, virtualUUID, 1)
	s := &script{t: t, client: newClient(p, m, newXIDs(m)), came: map[dhcpv6.TransactionID]Answer{}}
	for _, a := range readCapture(t, file) {
		if a.Type == dhcpv6.MessageTypeAdvertise || a.Type == dhcpv6.MessageTypeReply {
			// iPXE has one transaction ID: what was said first is kept apart.
			if _, again := s.came[a.xid]; !again {
				s.came[a.xid] = a
			}
		} else {
			s.sent = append(s.sent, a)
		}
	}
	s.findFirst()
	return s
}

// findFirst finds the message that has the options of the program's first.
func (s *script) findFirst() {
	f, kind := s.client.Profile.solicit, solicit
	if f == nil {
		f, kind = s.client.Profile.inform, inform
	}
	own, err := parseAnswer(f.message(s.client, kind, dhcpv6.TransactionID{}))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range s.sent {
		if a.Type == kind && slices.Equal(codes(a), codes(own)) {
			s.first = a
			return
		}
	}
	s.t.Fatalf("no message of the capture has the options %v", codes(own))
}

func codes(a Answer) (out []uint16) {
	for code := range a.options.All() {
		out = append(out, code)
	}
	return out
}

// takeDUID takes the one of the capture, once what does not vary is the same.
func (s *script) takeDUID() {
	s.t.Helper()
	theirs, _ := s.first.get(dhcpv6.OptionClientID)
	if diff := cmp.Diff(duidWithoutDrawn(theirs), duidWithoutDrawn(s.client.duid.ToBytes())); diff != "" {
		s.t.Errorf("DUID (-capture +own):\n%s", diff)
	}
	duid, err := dhcpv6.DUIDFromBytes(theirs)
	if err != nil {
		s.t.Fatal(err)
	}
	s.client.duid = duid
}

// duidWithoutDrawn gives a DUID in hexadecimal, without the time of a DUID-LLT
// and the identifier of a DUID-EN.
func duidWithoutDrawn(duid []byte) string {
	b := slices.Clone(duid)
	switch dhcpv6.DUIDType(binary.BigEndian.Uint16(b)) {
	case dhcpv6.DUID_LLT:
		clear(b[4:8])
	case dhcpv6.DUID_EN:
		clear(b[6:])
	}
	return hex.EncodeToString(b)
}

// takeIAIDs takes those of the capture.
func (s *script) takeIAIDs() {
	for i := range s.client.Associations {
		data, ok := s.first.get(s.client.Associations[i].Type)
		if !ok || len(data) < 4 {
			s.t.Fatal("the capture lacks an identity association")
		}
		s.client.Associations[i].ID = [4]byte(data)
	}
}

// compare compares a message with that of the capture, and takes the answer.
func (s *script) compare(kind dhcpv6.MessageType) {
	s.t.Helper()
	theirs := s.find(kind)
	hundredths, _ := theirs.get(dhcpv6.OptionElapsedTime)
	s.client.elapsed = time.Duration(binary.BigEndian.Uint16(hundredths)) * 10 * time.Millisecond
	p := s.client.Profile
	f := map[dhcpv6.MessageType]form{solicit: p.solicit, request: p.request, release: p.release, inform: p.inform}[kind]
	want := hex.EncodeToString(theirs.options)
	got := hex.EncodeToString(f.message(s.client, kind, theirs.xid)[messageHeader:])
	if got != want {
		s.t.Errorf("%s:\ncapture %s\nown     %s", title(kind), want, got)
	}
	if answer, ok := s.came[theirs.xid]; ok && kind != release {
		s.client.note(&Exchange{Sent: kind, Answer: &answer})
	}
}

// find finds the first message of a type that is of the program's identity
// associations.
func (s *script) find(kind dhcpv6.MessageType) Answer {
	s.t.Helper()
	for _, a := range s.sent {
		if a.Type != kind {
			continue
		}
		for i := range s.client.Associations {
			if _, _, ok := a.association(&s.client.Associations[i]); ok {
				return a
			}
		}
		if len(s.client.Associations) == 0 {
			return a
		}
	}
	s.t.Fatalf("the capture has no %s with the IAID", title(kind))
	return Answer{}
}

// readCapture gives the messages of a capture.
func readCapture(t *testing.T, name string) (out []Answer) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "wire", "testdata", "captures", name+".pcap"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packets, err := netlab.ReadPcap(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		a, err := parseAnswer(p.Payload)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// A judgement of what the real programs went on with must be that they do.
func TestEachProgramGoesOnWithWhatTheRealOneWentOnWith(t *testing.T) {
	for _, c := range []struct {
		file, profile string
		mac           ident.MAC
	}{
		{"uefi-pxe-then-ipxe", "uefi-pxe", virtualMAC},
		{"uefi-pxe-then-ipxe", "uefi-ip6", virtualMAC},
		{"uefi-pxe-then-ipxe", "ipxe", virtualMAC},
		{"dhclient-both", "dhclient-both", hostMAC},
		{"dhcpcd-pd", "dhcpcd-pd", hostMAC},
		{"dhcp6c", "dhcp6c", hostMAC},
		{"dibbler", "dibbler", hostMAC},
		{"networkd", "networkd", hostMAC},
		{"dhclient-info", "dhclient-info", hostMAC},
	} {
		t.Run(c.profile, func(t *testing.T) {
			s := newScript(t, c.file, c.profile, c.mac)
			s.takeDUID()
			s.takeIAIDs()
			answer, ok := s.came[s.first.xid]
			if !ok {
				t.Fatal("the capture has no answer")
			}
			if err := s.client.judge(s.first.Type, &answer); err != nil {
				t.Error(err)
			}
			if !s.client.expects(s.first.Type, &answer) {
				t.Errorf("a %s is not expected", answer.Name())
			}
		})
	}
}
