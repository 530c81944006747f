package config

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern string
		matches string // separated by spaces
		others  string
	}{
		{"ge-0/0/7", "ge-0/0/7", "ge-0/0/77 ge-0/0/ xge-0/0/7"},
		{"ge-0/0/*", "ge-0/0/7 ge-0/0/ ge-0/0/7/1", "ge-0/1/7 ge-0/0"},
		{"*", "a ge-0/0/7", ""},
		{"*.100", "eth7.100 .100", "eth7.1000 100"},
		{"ge-*/0/*", "ge-1/0/2 ge-/0/", "ge-1/1/2 ge-/0"},
		{"ge*e", "gee gexe", "ge g"},
		{"a*b*c", "abc axbxc abbcc", "acb ab"},
	} {
		p := Pattern(strings.Split(c.pattern, "*"))
		for _, id := range strings.Fields(c.matches) {
			if !p.Match([]byte(id)) {
				t.Errorf("%q does not match %q", c.pattern, id)
			}
		}
		for _, id := range strings.Fields(c.others) {
			if p.Match([]byte(id)) {
				t.Errorf("%q matches %q", c.pattern, id)
			}
		}
	}
}

func TestThePatternOfOctets(t *testing.T) {
	f, err := Parse("config.yml", []byte(least+"  relays: [{link: prov0, interface_id: '0x00:2a:07'}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	p := f.Server6.Relays[0].InterfaceID
	if !p.Match([]byte{0, '*', 7}) || p.Match([]byte{0, 1, 7}) {
		t.Errorf("got %q", p)
	}
}
