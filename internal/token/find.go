package token

import (
	"crypto/hmac"
	"fmt"
	"time"
)

// Found is a token of this server's.
type Found struct {
	Host    string
	Until   time.Time
	Retired *Retirement // nil: it counts
	Last    bool        // whether nothing retired the host's tokens since then
}

// Reason is why a token does not count, in a word for counters.
type Reason string

// The reasons.
const (
	Foreign    Reason = "foreign" // it is none of this server's
	Expired    Reason = "expired" // its time is over
	Retired    Reason = "retired" // it was used, or its host is to be installed anew
	WrongState Reason = "state"   // its host is in a state in which none count
)

// RefusedError says why a token does not count.
type RefusedError struct {
	Reason Reason
	Host   string // unless it is foreign
	Text   string
}

func (e *RefusedError) Error() string { return "the token " + e.Text }

// Check gives the token that a text is, also if it was retired. It is a
// *RefusedError if it is not one of this server's, or if its time is over and
// it was never used.
func (l *Ledger) Check(text string, now time.Time) (Found, error) {
	t, err := parse(text)
	if err != nil {
		return Found{}, errForeign()
	}
	f, ok := l.find(&t)
	switch {
	case !ok:
		return f, errForeign()
	case f.Retired == nil && !now.Before(f.Until):
		return f, &RefusedError{Expired, f.Host, fmt.Sprintf("expired at %s", f.Until.Format(time.RFC3339))}
	}
	return f, nil
}

func errForeign() error {
	return &RefusedError{Reason: Foreign, Text: "is not one of this server's"}
}

// Refusal says why a token that was retired does not count, or is nil if it
// was not.
func (f *Found) Refusal() error {
	switch {
	case f.Retired == nil:
		return nil
	case f.Retired.How == Used:
		return &RefusedError{Retired, f.Host, "was used at " + f.Retired.At.Format(time.RFC3339)}
	}
	return &RefusedError{Retired, f.Host, fmt.Sprintf("is of the time before %s was set to deploy at %s", f.Host, f.Retired.At.Format(time.RFC3339))}
}

// find finds the host whose seal a token has: with the counter of now, or one
// before a retirement that is remembered.
func (l *Ledger) find(t *token) (Found, bool) {
	for _, name := range l.index.named(l.hosts, t.hash()) {
		key, r := l.record(name)
		for back := range uint64(len(r.Retired)) + 1 {
			counter := r.Counter - back
			if key != nil && hmac.Equal(t.seal(), sealOf(key, name, counter, t.minutes())) {
				return Found{Host: name, Until: t.until(), Retired: r.before(counter), Last: back == 1}, true
			}
		}
	}
	return Found{}, false
}

// record gives the key and the record of a host.
func (l *Ledger) record(name string) ([]byte, record) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.key, l.records[name]
}
