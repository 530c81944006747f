package daemon

import (
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/migrate"
)

const obeyed = "web\x1b[2J\nweb99"

func TestATableHasNothingThatATerminalObeys(t *testing.T) {
	var b strings.Builder
	if err := printTable(&b, 80, [][]string{{"name", "state"}, {obeyed, "new"}}); err != nil {
		t.Fatal(err)
	}
	if want := "name               state\n" + `web\x1b[2J\nweb99  new` + "\n"; b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

func TestAReportOfAnImportHasNothingThatATerminalObeys(t *testing.T) {
	var b strings.Builder
	var e migrate.Entry
	e.File, e.Text, e.Outcome, e.Reason = "dhcpd6.conf", obeyed, migrate.LeftOut, "\x1b]0;owned\x07"
	printEntry(&b, e, 0)
	if want := `dhcpd6.conf: left out: web\x1b[2J\nweb99` + "\n" + `    \x1b]0;owned\a` + "\n"; b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}
