package tap

import (
	"encoding/binary"
	"testing"
)

func TestOnlyDatagramsOfDHCPv6AreRecorded(t *testing.T) {
	frame := make([]byte, 14+40+8, 100)
	copy(frame[12:], []byte{0x86, 0xdd})
	frame[14+6] = 17
	binary.BigEndian.PutUint16(frame[14+40+2:], 547)
	if got, ok := datagram(append(frame, 1, 2, 3)); !ok || len(got) != 3 {
		t.Errorf("got %v, %v", got, ok)
	}
	frame[14+6] = 58 // ICMPv6
	if _, ok := datagram(frame); ok {
		t.Error("ICMPv6 is recorded")
	}
	if _, ok := datagram(frame[:20]); ok {
		t.Error("half a frame is recorded")
	}
}
