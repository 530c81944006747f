package ident

import "testing"

func TestAnInterfaceIDIsMadeOfAMACAndBack(t *testing.T) {
	m := MAC{0x52, 0x54, 0x00, 0xd6, 0xc2, 0xa9}
	id := m.InterfaceID()
	if want := "::5054:ff:fed6:c2a9"; id.String() != want {
		t.Errorf("got %s, want %s", id, want)
	}
	if back, ok := MACFromEUI64(id); !ok || back != m {
		t.Errorf("back: got %s, %v, want %s", back, ok, m)
	}
}
