package integ

import (
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// wantTold wants stage6 watch to tell of a host, since the server was started,
// events of some kinds: lines without their time, which may end in a star.
func (s *server) wantTold(host, kinds string, want ...string) {
	s.t.Helper()
	out := s.operate("watch", "--since", "0", "--host", host, "--kind", kinds, "--count", strconv.Itoa(len(want)))
	var got []string
	for line := range strings.Lines(out) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3) // date, time, event
		got = append(got, fields[len(fields)-1])
	}
	for i := range min(len(got), len(want)) {
		if begin, ok := strings.CutSuffix(want[i], "*"); ok && strings.HasPrefix(got[i], begin) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("events of %s (-want +got)\n%s", host, diff)
	}
}
