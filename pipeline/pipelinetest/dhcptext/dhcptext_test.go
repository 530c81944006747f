package dhcptext_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

const relayed = `relay-forward hops=1 link=2001:db8:10::1 peer=fe80::2
  interface-id 65746830
  relay-message
    relay-forward hops=0 link=:: peer=fe80::1
      relay-port 0
      relay-message
        solicit 0a0b0c
          client-id 00030001525400aabb01
          ia-na 1 t1=0 t2=4294967295
            address 2001:db8::1 preferred=1 valid=2
            status 2 no address available
          ia-pd 7 t1=0 t2=0
            prefix ::/56 preferred=0 valid=0
          rapid-commit
          user-class "iPXE" "a b"
          vendor-class 343 "PXEClient:Arch:00007:UNDI:003000"
          oro 23 24
          search example.net lab.example.net
          dns 2001:db8::53
          boot-url "tftp://[2001:db8::1]/x"
          fqdn 1 web01.example.net.
          fqdn 0 partial
          option 200
          option 62 010300
          malformed 0001
`

func TestTextAndMessageAreTheSame(t *testing.T) {
	msg, err := dhcptext.Parse(relayed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(relayed, dhcptext.Format(msg)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no message",
		"hello 1":                            `line 1: message type "hello" is not known`,
		"solicit 01":                         `line 1: solicit: "01": want 3 octets in hexadecimal`,
		"solicit 010203\n  ia-na 1":          `line 2: ia-na: "1": want IAID t1=SECONDS t2=SECONDS`,
		"solicit 010203\n  orro 1":           `line 2: orro: not a known option; write option CODE HEX`,
		"relay-forward 1":                    `line 1: relay-forward: "1": want hops=N link=ADDRESS peer=ADDRESS`,
		"  solicit 010203\nsolicit 010203\n": `line 2: "solicit 010203": indented less than the message`,
	} {
		if _, err := dhcptext.Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzFormatIsReadBack(f *testing.F) {
	msg, err := dhcptext.Parse(relayed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(msg)
	f.Add([]byte{1, '0', '0', '0', 0, 24, 0, 1, 0, '0'}) // the root's name, then half an option
	f.Fuzz(func(t *testing.T, msg []byte) {
		text := dhcptext.Format(msg)
		back, err := dhcptext.Parse(text)
		if err != nil || !bytes.Equal(back, msg) {
			t.Errorf("%x became %x (%v) by\n%s", msg, back, err, text)
		}
	})
}
