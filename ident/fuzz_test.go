package ident

import "testing"

// FuzzText reads identifiers out of any text. What is read is the same when it is
// written and read again.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"52:54:00:aa:bb:01", "5254.00aa.bb01", "525400aabb01", "00030001525400aabb01", "00:04:4c:4c", "0x00030001",
		"4c4c4544-0042-3510-8052-b4c04f4a3132", "na:00000007", "pd:ffffffff", "", ":", "0", "\xff", "٣",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDUID(text); err == nil {
			if again, err := ParseDUID(d.String()); err != nil || again != d || CheckDUID([]byte(d)) != nil {
				t.Errorf("DUID %q is %s, then %s (%v)", text, d, again, err)
			}
		}
		if m, err := ParseMAC(text); err == nil {
			if again, err := ParseMAC(m.String()); err != nil || again != m {
				t.Errorf("MAC %q is %s, then %s (%v)", text, m, again, err)
			}
		}
		var u, sameUUID UUID
		if u.UnmarshalText([]byte(text)) == nil {
			if err := sameUUID.UnmarshalText([]byte(u.String())); err != nil || sameUUID != u || u.Swapped().Swapped() != u {
				t.Errorf("UUID %q is %s, then %s (%v)", text, u, sameUUID, err)
			}
		}
		var ia, sameIA IA
		if ia.UnmarshalText([]byte(text)) == nil {
			if err := sameIA.UnmarshalText([]byte(ia.String())); err != nil || sameIA != ia {
				t.Errorf("IA %q is %s, then %s (%v)", text, ia, sameIA, err)
			}
		}
	})
}
