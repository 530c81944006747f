package linkwatch

import (
	"maps"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/event"
)

// settled is how long a problem must be gone to be told as mended. It bounds what
// is told of a router that changes its mind again and again.
const settled = 5 * time.Second

// told is a problem that was told.
type told struct {
	problem
	since time.Time
	gone  time.Time // since when it is no more; zero while it is
}

// judge tells what has gone wrong with a link, and what is mended.
func (w *Watch) judge(s *linkState, now time.Time) {
	s.forget(now)
	found := map[string]string{}
	for _, p := range s.problems(w.want, w.rules.Wait, now) {
		if _, twice := found[p.name]; !twice && !slices.Contains(w.rules.Ignore, p.name) {
			found[p.name] = p.text
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		w.tell(s, problem{name, found[name]}, now)
	}
	for name, t := range s.told {
		if _, still := found[name]; !still {
			w.mend(s, t, now)
		}
	}
}

// tell tells a problem, once.
func (w *Watch) tell(s *linkState, p problem, now time.Time) {
	if t := s.told[p.name]; t != nil {
		t.text, t.gone = p.text, time.Time{}
		return
	}
	s.told[p.name] = &told{problem: p, since: now}
	w.Log.WithFields(logrus.Fields{"link": s.Name, "problem": p.name}).Warn(p.text)
	w.Publish(event.Event{Kind: event.RAProblem, Link: s.Name, Reason: p.name, Text: p.text})
}

// mend tells that a problem is no more, once that is so for a while.
func (w *Watch) mend(s *linkState, t *told, now time.Time) {
	if t.gone.IsZero() {
		t.gone = now
	}
	if now.Sub(t.gone) < settled {
		return
	}
	delete(s.told, t.name)
	w.Log.WithFields(logrus.Fields{"link": s.Name, "problem": t.name}).Info("router advertisements are right again")
	w.Publish(event.Event{Kind: event.RAFits, Link: s.Name, Reason: t.name, Text: "no longer: " + t.text})
}
