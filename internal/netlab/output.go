package netlab

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Output collects what a program writes and wakes whoever waits for it. The zero
// value is ready for use. It is safe for concurrent use.
type Output struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed at the next write; nil when nobody waits
}

// Write adds to the collected text.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.text.Write(p)
}

// String returns all text so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Len returns the number of bytes so far, as a mark for Wait.
func (o *Output) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Len()
}

// Wait waits until the text written after the first from bytes contains want.
func (o *Output) Wait(ctx context.Context, from int, want string) error {
	err := o.WaitFor(ctx, from, func(text string) bool { return strings.Contains(text, want) })
	if err != nil {
		return fmt.Errorf("wait for output %q: %w", want, err)
	}
	return nil
}

// WaitFor waits until accept says yes to the text written after the first from
// bytes.
func (o *Output) WaitFor(ctx context.Context, from int, accept func(string) bool) error {
	for {
		text, changed := o.watch()
		if accept(text[min(from, len(text)):]) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (o *Output) watch() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.text.String(), o.changed
}
