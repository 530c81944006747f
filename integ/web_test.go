package integ

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/web/webtest"
)

// openPage starts stage6 web beside a server, and gives the address of the page.
func (s *server) openPage(args ...string) string {
	s.t.Helper()
	c := exec.Command(s.binary, append([]string{"web", "--listen", "127.0.0.1:0", "--config", s.config()}, args...)...)
	out, err := c.StdoutPipe()
	check(s.t, err)
	c.Stderr = os.Stderr
	check(s.t, c.Start())
	s.t.Cleanup(func() {
		check(s.t, c.Process.Signal(os.Interrupt))
		check(s.t, c.Wait())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	check(s.t, err)
	return strings.TrimSpace(line)
}

func TestThePageShowsAMachineAsItBoots(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	s := newSimulated(t)
	page := s.server.openPage("--write")
	b.Go(page)
	b.AwaitLive()
	b.AwaitText("a.row", "web01")

	if story, ok := s.run("--interface", "eth0", "--profile", "uefi-pxe,ipxe,anaconda,networkd"); !ok {
		t.Fatalf("it did not boot:\n%s", story)
	}
	b.Await(`document.querySelector('[data-stage=final] a.row .name')?.textContent === 'web01'`)
	b.AwaitText("a.row .addresses", "2001:db8:10::101")
	b.Picture("booted")

	b.Go(page + "web/#/machine/web01")
	b.AwaitText("summary", "")
	b.AwaitText(".lease", "2001:db8:f001::/56")
	b.Picture("machine")
	b.Go(page + "web/#/pools")
	b.AwaitText(".pool", "2001:db8:10::d:0/112")
	b.Picture("pools")
	b.Go(page + "web/#/trouble")
	b.AwaitText("h2", "Now")
	b.Picture("trouble")

	s.server.stop(killed)
	b.AwaitText("#banner", "isconnected")
	b.Picture("disconnected")
	s.server.start()
	b.AwaitLive()
	s.server.operate("lock", "web01")
	b.Go(page + "web/#/")
	b.AwaitText("a.row .state", "locked")
}

func TestThePageIsForThisMachineAndWhoKnowsItsAddress(t *testing.T) {
	t.Parallel()
	s := startServer(t, labtest.Namespace(t, "server"), `
api: unix:$DIR/api.sock
server6: {listen: ['[::1]:547'], plugins: [{server_id: LL 52:54:00:00:00:01}]}
`)
	page := s.openPage()
	for name, c := range map[string]struct {
		method, url, host string
		want              int
	}{
		"the page":                     {"GET", page, "", 200},
		"an operation":                 {"GET", page + "v1/health", "", 200},
		"without the secret":           {"GET", page[:strings.LastIndex(strings.TrimSuffix(page, "/"), "/")] + "/v1/health", "", 404},
		"by the name of another site":  {"GET", page + "v1/health", "rebound.example.net", 421},
		"a change":                     {"POST", page + "v1/hosts/web01/deploy", "", 403},
		"what the page does not need":  {"GET", page + "debug/pprof/cmdline", "", 403},
		"a token that is worth a host": {"GET", page + "v1/hosts/web01/token", "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, nil)
			check(t, err)
			r.Host = c.host
			resp, err := http.DefaultClient.Do(r)
			check(t, err)
			resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("got %s, want %d", resp.Status, c.want)
			}
		})
	}
}
