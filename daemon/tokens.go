package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/quiet"
	"github.com/stage6/stage6/internal/token"
)

// tokenGate counts what tokens are asked about, and keeps the wrong ones from
// flooding the log.
type tokenGate struct {
	asked *prometheus.CounterVec
	quiet quiet.Limiter
	wrong window
}

func newTokenGate() *tokenGate {
	g := &tokenGate{asked: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "stage6_tokens_total", Help: "Boot tokens that the API was asked about, by how that ended.",
	}, []string{"result"})}
	for _, result := range []string{"verified", "used", "repeated", "foreign", "expired", "retired", "state"} {
		g.asked.WithLabelValues(result)
	}
	return g
}

// VerifyToken tells whom a token stands for.
func (s *service) VerifyToken(text string) (api.Token, error) {
	f, err := s.states.CheckToken(text)
	if err != nil {
		return api.Token{}, s.refuse(err)
	}
	s.gate.asked.WithLabelValues("verified").Inc()
	return s.describeToken(f.Host, f.Until)
}

// UseToken sets the state of a token's host to installed, durably.
func (s *service) UseToken(ctx context.Context, text string, duid ident.DUID) (api.Installation, error) {
	f, already, err := s.states.UseToken(ctx, text, duid)
	if err != nil {
		return api.Installation{}, s.refuse(conflict(err))
	}
	h, err := s.Host(f.Host)
	if err != nil {
		return api.Installation{}, err
	}
	out := api.Installation{Host: f.Host, State: h.State, DUID: h.Pinned, Already: already}
	if already {
		s.gate.asked.WithLabelValues("repeated").Inc()
		return out, nil
	}
	s.gate.asked.WithLabelValues("used").Inc()
	fields := logrus.Fields{"host": f.Host, "state": h.State}
	if duid != "" {
		fields["pinned"] = duid
	}
	s.log.WithFields(fields).Info("state set with a token")
	return out, nil
}

// NewToken gives the token that a host has now.
func (s *service) NewToken(name string) (api.Token, error) {
	h, err := s.Host(name)
	if err != nil {
		return api.Token{}, err
	}
	if h.State != host.New && h.State != host.Deploy {
		return api.Token{}, &api.ConflictError{Err: fmt.Errorf("%s is %s, and tokens are for hosts that are new or deploy: stage6 deploy %[1]s", name, h.State)}
	}
	text := s.now().parts.Tokens.Token(name, s.clock.Now())
	f, err := s.states.CheckToken(text)
	if err != nil {
		return api.Token{}, err
	}
	out, err := s.describeToken(name, f.Until)
	out.Token = text
	return out, err
}

func (s *service) describeToken(name string, until time.Time) (api.Token, error) {
	h, err := s.Host(name)
	out := api.Token{Host: h.Name, State: h.State, Expires: until}
	for i := range h.Interfaces {
		out.MACs = append(out.MACs, h.Interfaces[i].MACs...)
		out.Addresses = append(out.Addresses, h.Interfaces[i].Addresses...)
	}
	return out, err
}

// refuse counts a token that does not count, and logs it seldom, without the
// token. Of many wrong ones in a row, those who ask are not told why any more;
// tokens that are right are answered all the time.
func (s *service) refuse(err error) error {
	var refused *token.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	s.gate.asked.WithLabelValues(string(refused.Reason)).Inc()
	now := s.clock.Now()
	if suppressed, ok := s.gate.quiet.Allow(now); ok {
		s.log.WithFields(logrus.Fields{"host": refused.Host, "reason": refused.Reason, "suppressed": suppressed}).Warn("a token that does not count")
	}
	if !s.gate.wrong.allow(now) {
		return &api.TooManyError{Err: errors.New("too many wrong tokens, ask again in a second")}
	}
	return &api.ForbiddenError{Err: err}
}
