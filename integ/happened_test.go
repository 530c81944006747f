package integ

import (
	"path/filepath"

	"github.com/stage6/stage6/api"
	serverevent "github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// happened lists the events of some kinds since the server was started, a line
// for each. What is told repeatedly stands there once.
func (s *server) happened(host string, kinds ...serverevent.Kind) (lines []string) {
	s.t.Helper()
	client, err := api.NewClient("unix:" + filepath.Join(s.dir, "api.sock"))
	check(s.t, err)
	page, err := client.Events(labtest.Context(s.t), api.EventQuery{Host: host, Kinds: kinds})
	check(s.t, err)
	for i := range page.Events {
		lines = append(lines, page.Events[i].String())
	}
	return lines
}
