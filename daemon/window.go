package daemon

import (
	"sync"
	"time"
)

// mostInSecond is how many wrong tokens are explained in a second.
const mostInSecond = 100

// window counts what happens in each second. The zero value is ready for use; it
// is safe for concurrent use.
type window struct {
	mu     sync.Mutex
	second int64
	count  int
}

// allow counts one more, and says whether it is within bounds.
func (w *window) allow(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if second := now.Unix(); second != w.second {
		w.second, w.count = second, 0
	}
	w.count++
	return w.count <= mostInSecond
}
