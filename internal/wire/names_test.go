package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppendName(t *testing.T) {
	long := strings.Repeat("a", 63)
	fits := strings.Join([]string{long, long, long, long[:61]}, ".") // 64*3 + 62 + 1 = 255
	for _, tt := range []struct{ name, want, err string }{
		{"example.net", "\x07example\x03net\x00", ""},
		{"example.net.", "\x07example\x03net\x00", ""},
		{"_sip._udp", "\x04_sip\x04_udp\x00", ""},
		{long, "\x3f" + long + "\x00", ""},
		{"", "", `domain name "": a label is empty`},
		{".", "", `domain name ".": a label is empty`},
		{"a..b", "", `domain name "a..b": a label is empty`},
		{".a", "", `domain name ".a": a label is empty`},
		{long + "a", "", `domain name "` + long + `a": label "` + long + `a": 64 octets, want at most 63`},
		{fits + "a", "", `domain name "` + fits + `a": 256 octets, want at most 255`},
		{"bücher.example", "", `domain name "bücher.example": label "bücher": 'ü' is not ASCII; write the xn-- form`},
		{"a b", "", `domain name "a b": label "a b": ' ' cannot be in a name`},
		{"a\x7f", "", `domain name "a\x7f": label "a\x7f": '\x7f' is not ASCII; write the xn-- form`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := AppendName([]byte("before"), tt.name)
			if string(got) != "before"+tt.want {
				t.Errorf("appended %q, want %q", got, tt.want)
			}
			if text := errorText(err); text != tt.err {
				t.Errorf("error %q, want %q", text, tt.err)
			}
		})
	}
	if got, err := AppendName(nil, fits); err != nil || len(got) != maxName {
		t.Errorf("the longest name: %d octets, %v", len(got), err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAppendHostname(t *testing.T) {
	for name, want := range map[string]string{
		"web01":         "\x05web01",
		"web01.":        "\x05web01\x00",
		"web01.example": "\x05web01\x07example\x00",
		"not a name":    "",
		"":              "",
	} {
		if got := AppendHostname([]byte("x"), name); string(got) != "x"+want {
			t.Errorf("AppendHostname(%q) = %q, want %q", name, got, want)
		}
	}
}

// parse collects ParseNames.
func parse(data []byte) (names []string, err error) {
	for name, e := range ParseNames(data) {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		names = append(names, name)
	}
	return names, err
}

func TestParseNames(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []string
		err        error
	}{
		{"nothing", "", nil, nil},
		{"two names", "\x01a\x00\x02bc\x01d\x00", []string{"a", "bc.d"}, nil},
		{"the root", "\x00", []string{"."}, nil},
		{"octets that need escapes", "\x04a.\\\x00\x00", []string{`a\.\\\000`}, nil},
		{"a name without its end", "\x01a\x00\x01b", []string{"a"}, errNameTruncated},
		{"a label without its end", "\x05a", nil, errNameTruncated},
		{"a length alone", "\x05", nil, errNameTruncated},
		{"a pointer", "\x01a\x00\xc0\x00", []string{"a"}, errCompressed},
		{"a pointer to itself", "\xc0\x00", nil, errCompressed},
		{"half a pointer", "\xc0", nil, errCompressed},
		{"a label of 64 octets", "\x40" + strings.Repeat("a", 64) + "\x00", nil, errLabelLength},
		{"a label of 191 octets", "\xbf" + strings.Repeat("a", 191) + "\x00", nil, errLabelLength},
		{"a name of 256 octets", strings.Repeat("\x01a", 127) + "\x01\x00\x00", nil, errNameLength},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse([]byte(tt.data))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}

func TestTheLongestNameParses(t *testing.T) {
	data := append(bytes.Repeat([]byte("\x01a"), 127), 0)
	if names, err := parse(data); err != nil || len(names) != 1 || len(names[0]) != 253 {
		t.Errorf("%q, %v", names, err)
	}
}

func TestParseNamesStopsWhenTold(t *testing.T) {
	for name := range ParseNames([]byte("\x01a\x00\xc0\x00")) {
		if name != "a" {
			t.Errorf("went on to %q", name)
		}
		break
	}
}
