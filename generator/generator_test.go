package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListIsOnePathALineWithComments(t *testing.T) {
	got, err := readList("l.txt", strings.NewReader("# all\n\n./plugins/dns # names\nexample.org/x/v2\n"))
	want := []string{"github.com/stage6/stage6/plugins/dns", "example.org/x/v2"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("err %v (-want +got)\n%s", err, diff)
	}
}

func TestListRefusesWhatItCannotMean(t *testing.T) {
	for text, want := range map[string]string{
		"a.org/x\nb.org/y\na.org/x\n": `l.txt:3: "a.org/x" stands on line 1 already`,
		"a.org/x b.org/y\n":           `l.txt:1: "a.org/x b.org/y": want one import path a line`,
	} {
		if _, err := readList("l.txt", strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestPackagesOfOneNameAndOddNamesStandSideBySide(t *testing.T) {
	got, err := source("l.txt", []string{"a.org/dns", "b.org/dns", "c.org/my-plugin+", "d.org/type"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`pdns "a.org/dns"`, `pdns2 "b.org/dns"`, `"c.org/my-plugin+"`, "pmyplugin.Plugin,", `"d.org/type"`} {
		if !strings.Contains(strings.Join(strings.Fields(string(got)), " "), line) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}
