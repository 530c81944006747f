package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsTriedIsACaptureOrAClientInWords(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pcap")
	if err := os.WriteFile(empty, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00"+strings.Repeat("\x00", 12)+"\x01\x00\x00\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]string{
		"solicit mac=52:54:00:aa:bb:01": "",
		"solicit":                       "",
		"request interface=eth0":        "",
		"mac=52:54:00:aa:bb:01":         "",
		empty:                           "no datagram to UDP port 547",
		empty + " interface=eth0":       "no datagram to UDP port 547",
		"absent.pcap":                   `"absent.pcap" is no type of message, such as solicit, and as a capture: open absent.pcap`,
		"solicit clas=x":                `"clas": want one of mac`,
		"solicit request":               `"request": want the type of the message first`,
	} {
		_, err := tried([]string{words})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", words, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", words, err, want)
		}
	}
}
