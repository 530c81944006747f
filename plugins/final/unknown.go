package final

import (
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/pipeline"
)

// unknown says what becomes of machines that are no host: leave has them to the
// plugins behind, refuse refuses them.
type unknown string

// UnmarshalText reads leave or refuse.
func (u *unknown) UnmarshalText(text []byte) error {
	*u = unknown(text)
	if *u != "leave" && *u != "refuse" {
		return fmt.Errorf("%q: want refuse, or leave, which has the plugins behind serve them", text)
	}
	return nil
}

// refuseUnknown refuses a client that is no host what no plugin before has
// decided about, with the reason, which goes into the log.
func (h *handler) refuseUnknown(x *pipeline.Exchange) {
	refused := false
	for _, ia := range x.IAs() {
		if ia.Decided() || !ia.Refuse(refusal(x.Type(), ia.IA().Type), unknownText(x)) {
			continue
		}
		refused = true
		e := event.Event{Kind: event.Denied, IA: ia.IA(), Source: h.name, Reason: "unknown"}
		h.events.PublishText(x, e, func() string { return unknownText(x) })
	}
	if !refused || x.IsDryRun() {
		return
	}
	h.refused.WithLabelValues("unknown").Inc()
	suppressed, ok := h.unknowns.Allow(x.Now())
	if !ok {
		return
	}
	fields := logrus.Fields{"duid": x.DUID(), "link": x.Link().Name, "reason": "unknown", "suppressed": suppressed}
	if !x.MAC().IsZero() {
		fields["mac"] = x.MAC()
	}
	h.log.WithFields(fields).Warn("refused: " + unknownText(x))
}

// unknownText says why a client is no host.
func unknownText(x *pipeline.Exchange) string {
	return "the machine is not known: " + x.WhyUnknown()
}
