package assembly

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/token"
	"github.com/stage6/stage6/lease"
)

// useTokens has the states of hosts retire their tokens, if they have some.
func (v *view) useTokens(ctx context.Context, tokens *token.Ledger, store lease.Store) error {
	if tokens == nil {
		return nil
	}
	v.tokens = tokens
	return tokens.Load(ctx, store, rand.Reader)
}

// retired gives the values that have the tokens of a host count no more when its
// state becomes Deploy, and what is to be called once they are durable.
func (s *States) retired(name string, state host.State) (values []lease.Value, done func(), err error) {
	if s.tokens == nil || state != host.Deploy {
		return nil, func() {}, nil
	}
	value, done, err := s.retire(name, token.Retirement{At: s.time(), How: token.Deployed})
	return []lease.Value{value}, done, err
}

// retire is Retire of the ledgers that are in use.
func (s *States) retire(name string, r token.Retirement) (lease.Value, func(), error) {
	value, done, err := s.tokens.Retire(name, r)
	return value, func() {
		done()
		s.eachBefore(func(v *view) {
			if _, also, err := v.tokens.Retire(name, r); err == nil {
				also()
			}
		})
	}, err
}

// time gives the time as retirements have it.
func (s *States) time() time.Time { return s.clock().UTC().Truncate(time.Second) }

// CheckToken gives the token that a text is, if it counts: it stands for a host
// that is new or to be installed. Otherwise it is a *token.RefusedError.
func (s *States) CheckToken(text string) (token.Found, error) {
	v := s.now()
	f, err := v.tokens.Check(text, s.clock())
	if err == nil {
		err = f.Refusal()
	}
	if err == nil {
		err = v.checkState(f, host.New, host.Deploy)
	}
	return f, err
}

// now gives what the generation that serves sees.
func (s *States) now() *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// checkState refuses a token whose host is in none of some states.
func (v *view) checkState(f token.Found, states ...host.State) error {
	k, ok := v.hosts.Lookup(f.Host)
	if !ok {
		return &token.RefusedError{Reason: token.Foreign, Text: "is not one of this server's"}
	}
	for _, state := range states {
		if k.Host.State == state {
			return nil
		}
	}
	return &token.RefusedError{Reason: token.WrongState, Host: f.Host, Text: fmt.Sprintf("is that of %s, which is %s: it counts for hosts that are new or deploy", f.Host, k.Host.State)}
}

// UseToken sets the state of a token's host to installed, pins the DUID of its
// installed system unless that is empty, and has no token of the host count any
// more: all durably or, on error, nothing. What a token said once it can say
// again, as long as that is how things are; already says so. A token that does
// not count is a *token.RefusedError, a DUID of another host's a
// *host.PinError.
func (s *States) UseToken(ctx context.Context, text string, duid ident.DUID) (f token.Found, already bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err = s.tokens.Check(text, s.clock())
	if err != nil || s.saidBefore(f, duid) {
		return f, err == nil, err
	}
	if err = f.Refusal(); err == nil {
		err = s.checkState(f, host.New, host.Deploy, host.Installed)
	}
	if err != nil {
		return f, false, err
	}
	value, done, err := s.retire(f.Host, token.Retirement{At: s.time(), How: token.Used, DUID: duid})
	if err == nil {
		err = s.setInstalled(ctx, f.Host, duid, value)
	}
	if err == nil {
		done()
		s.events.Publish(event.Event{Kind: event.TokenUsed, Host: f.Host, DUID: duid})
	}
	return f, false, err
}

// saidBefore says whether a token was used to say the same, and it still holds.
func (s *States) saidBefore(f token.Found, duid ident.DUID) bool {
	if f.Retired == nil || !f.Last || f.Retired.How != token.Used || duid != "" && duid != f.Retired.DUID {
		return false
	}
	return s.checkState(f, host.Installed) == nil
}

// inSource gives the state that the source of a host says.
func (s *States) inSource(name string) host.State {
	k, _ := s.hosts.Lookup(name)
	return k.InSource
}
