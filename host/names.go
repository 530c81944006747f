package host

import (
	"slices"
	"sync"
)

// nameList is names in their order. It is sorted when it is wanted, and what
// changed since is merged in.
type nameList struct {
	mu      sync.Mutex
	sorted  []string        // not changed once it was given
	changed map[string]bool // since: whether the name is there
}

// change notes that a name is there, or is not there any more.
func (l *nameList) change(name string, there bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = map[string]bool{}
	}
	l.changed[name] = there
}

// names gives them in their order, not to be changed.
func (l *nameList) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.changed) == 0 {
		return l.sorted
	}
	var come []string
	for name, there := range l.changed {
		if there {
			come = append(come, name)
		}
	}
	slices.Sort(come)
	l.sorted, l.changed = merge(l.sorted, come, l.changed), nil
	return l.sorted
}

// merge puts names that come among the others, without those that changed.
func merge(sorted, come []string, changed map[string]bool) []string {
	out := make([]string, 0, len(sorted)+len(come))
	for _, name := range sorted {
		if _, is := changed[name]; is {
			continue
		}
		for len(come) > 0 && come[0] < name {
			out, come = append(out, come[0]), come[1:]
		}
		out = append(out, name)
	}
	return append(out, come...)
}
