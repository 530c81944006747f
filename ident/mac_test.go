package ident

import "testing"

func TestMACsAreReadAsPeopleAndSwitchesWriteThem(t *testing.T) {
	want := MAC{0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01}
	for _, text := range []string{"52:54:00:aa:bb:01", "52-54-00-AA-BB-01", "525400aabb01", "5254.00aa.bb01"} {
		if got, err := ParseMAC(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5254.00aa.bb0", "5254.00aa-bb01", "52540.0aa.bb01", "5254.00aa.bbzz"} {
		if got, err := ParseMAC(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
