package daemon

import "testing"

func TestLeasesDoNotPutOffTheCollectionOfGarbage(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		live        uint64
		plain, want int
	}{
		"few leases change nothing":                {40 * mb, 10 * mb, 100},
		"as much of leases as of all else is half": {80 * mb, 40 * mb, 50},
		"many leases":        {240 * mb, 200 * mb, 16},
		"never all the time": {4000 * mb, 3990 * mb, 12},
		"leases that came since the last collection": {20 * mb, 100 * mb, 13},
	} {
		t.Run(name, func(t *testing.T) {
			if got := paceFor(c.live, c.plain); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}
