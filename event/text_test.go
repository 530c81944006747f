package event

import (
	"testing"

	"github.com/stage6/stage6/ident"
)

func TestAnEventNamesItsMachine(t *testing.T) {
	duid, err := ident.ParseDUID("00:04:1f:00:aa:11")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		event Event
		want  string
	}{
		"a known one by its name":               {Event{Kind: StateChanged, Host: "web01", DUID: duid, State: "deploy"}, "state web01 deploy"},
		"another one by its DUID":               {Event{Kind: Denied, DUID: duid}, "denied 00:04:1f:00:aa:11"},
		"one that is known by a DUID from here": {Event{Kind: Pinned, Host: "web01", DUID: duid}, "pinned web01 (00:04:1f:00:aa:11)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.event.String(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
