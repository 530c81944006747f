package hosts

import "testing"

func TestUUIDIsOneMachineInEitherByteOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"with hyphens": {"4c4c4544-0042-4810-8052-b4c04f4a3132", []string{
			"00:04:4c:4c:45:44:00:42:48:10:80:52:b4:c0:4f:4a:31:32",
			"00:04:44:45:4c:4c:42:00:10:48:80:52:b4:c0:4f:4a:31:32",
		}},
		"without hyphens, in capitals": {"4C4C4544004248108052B4C04F4A3132", []string{
			"00:04:4c:4c:45:44:00:42:48:10:80:52:b4:c0:4f:4a:31:32",
			"00:04:44:45:4c:4c:42:00:10:48:80:52:b4:c0:4f:4a:31:32",
		}},
		"the same in both orders": {"01020201-0303-0404-0506-0708090a0b0c", []string{
			"00:04:01:02:02:01:03:03:04:04:05:06:07:08:09:0a:0b:0c",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var u uuid
			if err := u.UnmarshalText([]byte(tc.text)); err != nil {
				t.Fatal(err)
			}
			got := u.clients()
			if len(got) != len(tc.want) {
				t.Fatalf("got %d DUIDs, want %d", len(got), len(tc.want))
			}
			for i := range got {
				if got[i].DUID.String() != tc.want[i] {
					t.Errorf("got %s, want %s", got[i].DUID, tc.want[i])
				}
			}
		})
	}
}
