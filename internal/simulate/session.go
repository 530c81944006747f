package simulate

import (
	"context"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Session is a program that stays up after a boot, with what it was given. It is
// for one goroutine, that of its machine.
type Session struct {
	Client *Client

	stage *running
	began time.Time // of the last exchange that gave something, before its first try
}

// Stay takes a machine through the plan, as Run does, and gives what is still up
// when the last stage is through. A program that asks for nothing but options is
// not among it.
func (b *Boot) Stay(ctx context.Context, m *Machine) ([]*Session, error) {
	var last *running
	for _, programs := range b.Plan {
		last = b.newStage(m, programs)
		if err := last.run(ctx); err != nil {
			return nil, err
		}
	}
	var up []*Session
	for _, c := range last.clients {
		if c.settled && len(c.Leases()) > 0 {
			up = append(up, &Session{Client: c, stage: last, began: c.given})
		}
	}
	return up, nil
}

// T1, and T2, is when the program is to renew, and to ask anybody, after what it was
// given. Zero is that the server leaves it to the program (RFC 9915 section 14.2).
func (s *Session) times() (t1, t2 time.Duration) {
	for _, a := range s.Client.Associations {
		if len(a.Leases) > 0 {
			return time.Duration(a.T1) * time.Second, time.Duration(a.T2) * time.Second
		}
	}
	return 0, 0
}

// RenewAt is when the program asks its server for more time.
func (s *Session) RenewAt() time.Time {
	t1, _ := s.times()
	return s.began.Add(t1)
}

// RebindAt is when it asks any server.
func (s *Session) RebindAt() time.Time {
	_, t2 := s.times()
	return s.began.Add(t2)
}

// Until is when the first of its leases ends.
func (s *Session) Until() time.Time {
	end := s.began
	for i, l := range s.Client.Leases() {
		if until := s.began.Add(l.Valid); i == 0 || until.Before(end) {
			end = until
		}
	}
	return end
}

// Renew asks the server that gave the leases for more time (RFC 9915 section
// 18.2.4).
func (s *Session) Renew(ctx context.Context) error {
	return s.again(ctx, dhcpv6.MessageTypeRenew, s.Client.Profile.request)
}

// Rebind asks any server for more time (RFC 9915 section 18.2.5).
func (s *Session) Rebind(ctx context.Context) error {
	return s.again(ctx, dhcpv6.MessageTypeRebind, s.Client.Profile.request.without(dhcpv6.OptionServerID))
}

// Confirm asks whether the addresses are right for the link (RFC 9915 section
// 18.2.3). It is not for programs with a prefix, which Rebind.
func (s *Session) Confirm(ctx context.Context) error {
	return s.again(ctx, dhcpv6.MessageTypeConfirm, s.Client.Profile.request.without(dhcpv6.OptionServerID, dhcpv6.OptionIAPD))
}

// Release gives back what the program holds (RFC 9915 section 18.2.7).
func (s *Session) Release(ctx context.Context) error {
	return s.again(ctx, dhcpv6.MessageTypeRelease, s.Client.Profile.request.without(dhcpv6.OptionORO))
}

// Decline says that others use the addresses (RFC 9915 section 18.2.8).
func (s *Session) Decline(ctx context.Context) error {
	return s.again(ctx, dhcpv6.MessageTypeDecline, s.Client.Profile.request.without(dhcpv6.OptionORO, dhcpv6.OptionIAPD))
}

// HasPrefix says whether the program holds a delegated prefix.
func (s *Session) HasPrefix() bool {
	return slices.ContainsFunc(s.Client.Leases(), func(l Lease) bool { return !l.Prefix.IsSingleIP() })
}

// again lets the program say one thing more.
func (s *Session) again(ctx context.Context, kind dhcpv6.MessageType, f form) error {
	if ends(kind) {
		s.stage.leaving(s.Client)
	}
	err := s.stage.done(s.Client, s.stage.way.exchange(ctx, s.Client, kind, f))
	s.began = s.Client.given
	return err
}

// ends says whether a message gives up what its client holds.
func ends(kind dhcpv6.MessageType) bool {
	return kind == dhcpv6.MessageTypeRelease || kind == dhcpv6.MessageTypeDecline
}
