package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/explain"
)

func TestAStoryHasNothingThatATerminalObeys(t *testing.T) {
	evil := "x\x1b]0;owned\x07\u009b2J\r\n  HINT      all is well\xff"
	x := api.Explanation{
		Message: "solicit", Summary: evil,
		Client:   api.ExplainedClient{Program: evil, UserClasses: []string{evil}, VendorClasses: []string{evil}},
		Identity: []api.Statement{{Source: evil, Says: evil, Why: evil}},
		Skipped:  []string{evil},
		Hints:    []api.Hint{{Text: evil, Do: evil}},
	}
	x.Way.Relays = []api.ExplainedRelay{{InterfaceID: evil, RemoteID: evil}}
	var b strings.Builder
	if err := explain.Story(&b, &x, time.UTC); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\u009b\r") || strings.Contains(b.String(), "\n  HINT      all is well") {
		t.Errorf("a terminal obeys\n%q", b.String())
	}
	if !strings.Contains(b.String(), `x\x1b]0;owned\a\u009b2J\r\n  HINT      all is well\xff`) {
		t.Errorf("what was sent is not shown in\n%s", b.String())
	}
}
