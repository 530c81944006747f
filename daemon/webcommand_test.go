package daemon

import (
	"strings"
	"testing"
)

func TestThePageIsForThisMachineAlone(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:0": "[::1]:0", "localhost:8066": "127.0.0.1:8066", "127.1.2.3:80": "127.1.2.3:80",
	} {
		if a, err := loopbackAddress(text); err != nil || a.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, a, err, want)
		}
	}
	for _, text := range []string{"", ":8080", "0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "127.0.0.1", "localhost", "example.net:80"} {
		if a, err := loopbackAddress(text); err == nil || !strings.Contains(err.Error(), "ssh -L") {
			t.Errorf("%q: got %v, %v, want an error that says what to do", text, a, err)
		}
	}
}
