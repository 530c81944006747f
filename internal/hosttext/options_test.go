package hosttext

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/optiontext"
	"github.com/stage6/stage6/internal/strict"
)

func TestEachInstanceOfAnOptionIsKeptByItself(t *testing.T) {
	n, err := strict.Parse("options.yml", []byte("59: http://[2001:db8::1]/x\n56: [ntp.example, '2001:db8::7b']\n17: {enterprise: 1, hex: ff}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var values optiontext.Values
	if err := strict.Decode(n, &values); err != nil {
		t.Fatal(err)
	}
	want := []host.Option{
		{Code: 59, Data: []byte("http://[2001:db8::1]/x")},
		{Code: 56, Data: []byte("\x00\x03\x00\x0d\x03ntp\x07example\x00")},
		{Code: 56, Data: []byte("\x00\x01\x00\x10\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7b")},
		{Code: 17, Data: []byte("\x00\x00\x00\x01\xff")},
	}
	if diff := cmp.Diff(want, encoded(values)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
