package ident_test

import (
	"testing"

	"github.com/stage6/stage6/ident"
)

func uuid(t *testing.T, text string) (u ident.UUID) {
	t.Helper()
	if err := u.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUUIDsAreReadAndWritten(t *testing.T) {
	const want = "4c4c4544-0042-4810-8052-b4c04f4a3132"
	for _, text := range []string{want, "4C4C4544-0042-4810-8052-B4C04F4A3132", "4c4c4544004248108052b4c04f4a3132"} {
		if got := uuid(t, text).String(); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

func TestTextsThatAreNoUUIDs(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     `"" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		"4c4c4544-0042":                        `"4c4c4544-0042" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		"4c4c4544-0042-4810-8052-b4c04f4a313x": `"4c4c4544-0042-4810-8052-b4c04f4a313x" is not a UUID, want one such as 4c4c4544-0042-3510-8052-b4c04f4a3132`,
		"00000000-0000-0000-0000-000000000000": `"00000000-0000-0000-0000-000000000000" is what machines say that have no UUID`,
		"ffffffff-ffff-ffff-ffff-ffffffffffff": `"ffffffff-ffff-ffff-ffff-ffffffffffff" is what machines say that have no UUID`,
	} {
		var u ident.UUID
		if err := u.UnmarshalText([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAUUIDInEitherByteOrder(t *testing.T) {
	for text, want := range map[string]string{
		"4c4c4544-0042-4810-8052-b4c04f4a3132": "44454c4c-4200-1048-8052-b4c04f4a3132",
		"01020201-0303-0404-0506-0708090a0b0c": "01020201-0303-0404-0506-0708090a0b0c",
	} {
		u := uuid(t, text)
		if got := u.Swapped().String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		if u.Swapped().Swapped() != u {
			t.Errorf("%s is another one when it is swapped twice", text)
		}
	}
}

func TestTheUUIDOfADUID(t *testing.T) {
	u := uuid(t, "4c4c4544-0042-4810-8052-b4c04f4a3132")
	duid := []byte(u.DUID())
	if got, ok := ident.UUIDFromDUID(duid); !ok || got != u {
		t.Errorf("got %v, %t from %x", got, ok, duid)
	}
	for name, duid := range map[string][]byte{
		"none": nil, "too short": duid[:17], "too long": append(duid[:18:18], 0), "of another type": append([]byte{0, 3}, duid[2:]...),
	} {
		if got, ok := ident.UUIDFromDUID(duid); ok {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
