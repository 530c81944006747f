package listen

import "time"

// A reader lets datagrams gather where at least worthwhile of them come within
// longestGather: it reads again when gathered of them have come, by the rate of late, or
// longestGather after it read last. Each waking up of a reader costs as much as several
// datagrams do, and so does each commit, which then has the changes of several: of an
// exchange with Rapid Commit, at 3,000 a second, a third (docs/performance.md). A few
// machines never wait; of those of a rack that boots, a message waits for one or two
// milliseconds in the mean.
const (
	paceTime      = 10 * time.Millisecond // for which the rate is counted
	worthwhile    = 4
	gathered      = 16
	longestGather = 4 * time.Millisecond
)

// pace is how fast datagrams come in by a socket. The zero value is ready for use.
type pace struct {
	since time.Time
	count int           // since then
	time  time.Duration // that gathered datagrams took before; 0: they came too slowly
	next  time.Time     // when the reader is to read again; zero: at once
}

// note takes note of datagrams that were read at one time. isFull says that there may
// be more of them, which need not gather.
func (p *pace) note(now time.Time, n int, isFull bool) {
	p.count += n
	if passed := now.Sub(p.since); passed >= paceTime {
		p.time = gatherTime(p.count, passed)
		p.since, p.count = now, 0
	}
	p.next = time.Time{}
	if p.time > 0 && !isFull {
		p.next = now.Add(p.time)
	}
}

// gatherTime gives how long datagrams are to gather, of which so many came in a time.
func gatherTime(count int, passed time.Duration) time.Duration {
	if worthwhile*passed > longestGather*time.Duration(count) {
		return 0
	}
	return min(longestGather, gathered*passed/time.Duration(count))
}
