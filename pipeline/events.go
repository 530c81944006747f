package pipeline

import (
	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/events"
)

// Events is where what happens is told. The zero value tells nobody. It is safe
// for concurrent use, and never waits: what happens again and again is counted
// rather than told each time, and so are more events of a kind than a few
// hundred in a second.
type Events struct {
	log *events.Log
}

// NewEvents makes Events of a log of the server's. It is of an internal type, so
// that only the server can make use of it.
func NewEvents(log any) (e Events) {
	e.log, _ = log.(*events.Log)
	return e
}

// Publish tells of an event. The server gives its number, and its time where it
// has none.
func (e Events) Publish(v event.Event) {
	if e.log != nil {
		e.log.Publish(v)
	}
}

// PublishFor tells of an event of an exchange's client: the time, the machine,
// MAC, DUID, link and stage are those of the exchange. It allocates nothing
// where the event is only counted.
func (e Events) PublishFor(x *Exchange, v event.Event) { e.PublishText(x, v, nil) }

// PublishText is PublishFor for an event whose text is only made if it is told.
// text, if not nil, must not publish.
func (e Events) PublishText(x *Exchange, v event.Event, text func() string) {
	if e.log == nil || x.s.Dry != nil {
		return
	}
	v.Time, v.MAC, v.Stage = x.s.Time, x.s.MAC, x.s.Stage
	if x.s.Host.Host != nil {
		v.Host = x.s.Host.Host.Name
	}
	if x.s.Link != nil {
		v.Link = x.s.Link.Name
	}
	e.log.PublishOf(v, x.s.Msg.ClientID, text)
}
