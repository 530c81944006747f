package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
)

// lines writes events as lines of JSON.
type lines struct{ to io.WriteCloser }

// NewLines makes a destination of what whole lines are written to: all of one
// Write, or, with an error, none.
func NewLines(to io.WriteCloser) Destination { return lines{to} }

// Deliver is that of Destination.
func (l lines) Deliver(_ context.Context, b *Batch) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for i := range b.Events {
		if err := encoder.Encode(&b.Events[i]); err != nil {
			return &RefusedError{err}
		}
	}
	_, err := l.to.Write(text.Bytes())
	return err
}

// Close is that of Destination.
func (l lines) Close() error { return l.to.Close() }
