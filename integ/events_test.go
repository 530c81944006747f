package integ

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stage6/stage6/internal/netlab"
)

// event is one call of a client's hook script: its environment.
type event map[string]string

// events are the calls of a hook script, in order.
type events struct {
	m    *machine
	path string
	next int // the first that nobody has waited for
}

// endOfEvent follows the variables of each call.
const endOfEvent = "=== end of event"

// recordEvent is what a hook script does to report itself. The line order of
// several calls is kept, since appending one short piece is atomic.
func recordEvent(path string) string {
	return "{ env; echo '" + endOfEvent + "'; } >" + path + ".$$ && cat " + path + ".$$ >>" + path + " && rm " + path + ".$$\n"
}

// newEvents makes the place that recordEvent(e.path) reports to.
func newEvents(m *machine) *events {
	e := &events{m: m, path: filepath.Join(m.dir, "events")}
	m.t.Cleanup(func() {
		if content, _ := os.ReadFile(e.path); m.t.Failed() {
			m.t.Logf("calls of the hook:\n%s", content)
		}
	})
	return e
}

// await waits until accept has said yes to as many events as want, counting from
// where the last await ended, and returns those.
func (e *events) await(want int, accept func(event) bool) []event {
	e.m.t.Helper()
	var found []event
	err := netlab.WaitFile(e.m.context(), e.path, func(content []byte) bool {
		found = found[:0]
		all := parseEvents(string(content))
		for i := e.next; i < len(all); i++ {
			if accept(all[i]) {
				found = append(found, all[i])
			}
			if len(found) == want {
				e.next = i + 1
				return true
			}
		}
		return false
	})
	check(e.m.t, err)
	return found
}

// skip forgets what happened so far.
func (e *events) skip() {
	content, _ := os.ReadFile(e.path)
	e.next = len(parseEvents(string(content)))
}

// parseEvents leaves out a last event that has no end yet.
func parseEvents(text string) []event {
	var found []event
	blocks := strings.Split(text, endOfEvent+"\n")
	for _, block := range blocks[:len(blocks)-1] {
		found = append(found, parseAssignments(block))
	}
	return found
}

// parseAssignments reads lines such as "name=value".
func parseAssignments(text string) event {
	e := event{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			e[name] = value
		}
	}
	return e
}

// words splits the lists of hook scripts; no words are nil.
func words(text string) []string {
	if fields := strings.Fields(text); len(fields) > 0 {
		return fields
	}
	return nil
}

// trimDots removes the final dots of domain names.
func trimDots(names []string) []string {
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ".")
	}
	return names
}
