package bindings

import "github.com/stage6/stage6/internal/allocator"

// Spans gives what the active pools consist of, those of prefixes, too, with
// what is excluded from them.
func (t *Table) Spans() (out []allocator.Range) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, p := range t.parts {
		out = append(out, allocator.Range{First: p.first, Last: p.last})
	}
	return out
}
