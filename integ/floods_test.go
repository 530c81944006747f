package integ

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/flood/floodlab"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// mostGrown is how much more memory the server may have taken in a flood, in KiB.
const mostGrown = 64 << 10

// TestOthersAreServedInAFlood floods a server in each of the ways that there are, as fast
// as it can, while machines boot and renew: those that the server knows, those of another
// link, and where the flood has a sender that can be told from them all others, too. Every
// other known machine has its address of the pool that the flood's Requests would take.
func TestOthersAreServedInAFlood(t *testing.T) {
	labtest.Namespace(t, "floods") // or skip
	binary, err := buildServer()
	check(t, err)
	counted := map[string]string{
		"one client":                  `stage6_flood_dropped_total{link="prov0",reason="client-flood"}`,
		"one message":                 `stage6_flood_dropped_total{link="prov0",reason="already-answering"}`,
		"Requests of one link-local":  `stage6_pool_refused_total{plugin="pool",reason="sender-limit"}`,
		"Requests of a million DUIDs": `stage6_pool_refused_total{plugin="pool",reason="withheld"}`,
	}
	for _, kind := range floodlab.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			ctx := labtest.Context(t)
			dir := shortTempDir(t)
			l, err := floodlab.Open(ctx, binary, dir, "true")
			check(t, err)
			defer l.Close()
			s := &server{t: t, ns: l.Station(), binary: binary, dir: dir, process: l.Server}
			before := memory(t, l.Server.PID(), "VmRSS")
			machines := [...]int{floodlab.Known: 8, floodlab.Strangers: 4, floodlab.Elsewhere: 4}
			if kind.Disguised {
				machines[floodlab.Strangers] = 0
			}
			results, sent, took, err := l.Run(ctx, &kind, machines, time.Second)
			check(t, err)
			t.Logf("%d messages in %v", sent, took)
			for g, r := range results {
				group := floodlab.Group(g)
				t.Logf("%v: %d of %d booted, median %v, 99 %% %v", group, r.Booted, r.Machines, r.Percentile(50), r.Percentile(99))
				if r.Booted != machines[g] {
					t.Errorf("%v: %d of %d booted: %v", group, r.Booted, r.Machines, r.Errors)
				}
			}
			if name := counted[kind.Name]; name != "" && s.metric(name) == "0" {
				t.Errorf("nothing is counted as %s", name)
			}
			if grown := memory(t, l.Server.PID(), "VmHWM") - before; grown > mostGrown {
				t.Errorf("the server took %d KiB more, want at most %d", grown, mostGrown)
			}
		})
	}
}

// memory gives a figure of a process's memory, in KiB.
func memory(t *testing.T, pid int, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	check(t, err)
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB`).FindStringSubmatch(string(text))
	if found == nil {
		t.Fatalf("no %s in:\n%s", name, strings.TrimSpace(string(text)))
	}
	n, err := strconv.Atoi(found[1])
	check(t, err)
	return n
}
