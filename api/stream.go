package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/stage6/stage6/event"
)

// ErrEnded says that the server ends, so that no more events come.
var ErrEnded = errors.New("the server has ended")

// MissedError says that events came before those that follow, and are no longer
// kept.
type MissedError struct {
	Missed uint64 `json:"missed"` // how many, of all kinds
}

func (e *MissedError) Error() string { return fmt.Sprintf("%d events are no longer kept", e.Missed) }

const (
	// silence is after how long a stream on which nothing comes is dead: the server
	// sends something in each minute.
	silence = 2 * time.Minute
	// maxEvent is how many octets a line of a stream may have.
	maxEvent = 1 << 20
)

// Watch gives events as they happen, after those that are kept and selected,
// until ctx ends. Its Limit and Wait do not count. A *MissedError is between two
// events; after each other error nothing comes, and the stream can be taken up
// again with the Seq of the last event as Since. When the server ends that is
// ErrEnded.
func (c *Client) Watch(ctx context.Context, q EventQuery) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		err := c.watch(ctx, q, yield)
		if err != nil && ctx.Err() == nil {
			yield(event.Event{}, err)
		}
	}
}

// watch gives events until something fails, or nil when yield wants no more.
func (c *Client) watch(ctx context.Context, q EventQuery, yield func(event.Event, error) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dead := time.AfterFunc(silence, func() { cancel(errors.New("the server is silent")) })
	defer dead.Stop()
	q.Limit, q.Wait = 0, 0
	resp, err := c.open(ctx, http.MethodGet, q.path(), nil, "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return problemOf(resp)
	}
	err = readStream(resp.Body, func() { dead.Reset(silence) }, yield)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// readStream reads server-sent events, calling alive for each line.
func readStream(body io.Reader, alive func(), yield func(event.Event, error) bool) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxEvent)
	kind, data := "", ""
	for lines.Scan() {
		alive()
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "event":
			kind = value
		case name == "data":
			data += value
		case lines.Text() == "" && data != "":
			if more, err := dispatch(kind, data, yield); !more || err != nil {
				return err
			}
			kind, data = "", ""
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// dispatch gives one server-sent event, and says whether more are wanted.
func dispatch(kind, data string, yield func(event.Event, error) bool) (more bool, err error) {
	switch kind {
	case "ended":
		return false, ErrEnded
	case "missed":
		missed := &MissedError{}
		if err := json.Unmarshal([]byte(data), missed); err != nil {
			return false, err
		}
		return yield(event.Event{}, missed), nil
	}
	var e event.Event
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return false, err
	}
	return yield(e, nil), nil
}
