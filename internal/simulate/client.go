package simulate

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
)

// Client is one program running on a machine.
type Client struct {
	Profile      *Profile
	Machine      *Machine
	UserClass    string // instead of the program's own; "" for that
	Associations []Association

	duid   dhcpv6.DUID
	server []byte // the DUID of the server that it chose; nil before
	xids   *xids  // of its stage

	more    *offers       // while it waits for more offers than one
	settled bool          // whether it has a Reply
	said    []byte        // the last message that it sent
	offer   *offer        // that it took; nil before
	given   time.Time     // when the exchange began that brought what it holds
	elapsed time.Duration // since the first try of the exchange
}

// newClient starts a program.
func newClient(p *Profile, m *Machine, x *xids) *Client {
	c := &Client{Profile: p, Machine: m, xids: x, duid: p.duid(m, m.seedOf(p))}
	if p.na != nil {
		c.Associations = append(c.Associations, Association{Type: dhcpv6.OptionIANA, ID: p.na(m)})
	}
	if p.pd != nil {
		c.Associations = append(c.Associations, Association{Type: dhcpv6.OptionIAPD, ID: p.pd(m)})
	}
	return c
}

// beside says whether two clients run on a machine at the same time.
func (c *Client) beside(other *Client) bool { return c != other && c.xids == other.xids }

// DUID of the client.
func (c *Client) DUID() ident.DUID { return ident.DUID(c.duid.ToBytes()) }

// association gives the one of a type, or nil.
func (c *Client) association(kind dhcpv6.OptionCode) *Association {
	for i := range c.Associations {
		if c.Associations[i].Type == kind {
			return &c.Associations[i]
		}
	}
	return nil
}

// note keeps what an exchange brought.
func (c *Client) note(e *Exchange) {
	switch {
	case e.Sent == dhcpv6.MessageTypeConfirm:
		return
	case ends(e.Sent):
		e.Given = c.Leases()
		for i := range c.Associations {
			c.Associations[i].Leases = nil
		}
		return
	}
	a := e.Answer
	c.given = e.Ended.Add(-e.Took)
	before := c.Leases()
	c.settled = a.Type == dhcpv6.MessageTypeReply
	c.server, _ = a.get(dhcpv6.OptionServerID)
	if a.Type == dhcpv6.MessageTypeAdvertise {
		c.offer = &offer{c.said, a.raw}
	}
	if url := a.BootFile(); url != "" {
		c.Machine.bootFile = url
	}
	for i := range c.Associations {
		c.Associations[i], _, _ = a.association(&c.Associations[i])
	}
	e.Given = c.Leases()
	if a.Type == dhcpv6.MessageTypeReply {
		e.Lost = missing(before, e.Given)
	}
}

// offer is a Solicit and the Advertise to it.
type offer struct{ solicit, advertise []byte }

// missing lists the leases that are in the first list only.
func missing(before, after []Lease) (out []Lease) {
	for _, l := range before {
		if !slices.ContainsFunc(after, func(o Lease) bool { return o.Prefix == l.Prefix }) {
			out = append(out, l)
		}
	}
	return out
}

// Leases lists what the client was offered or holds.
func (c *Client) Leases() (out []Lease) {
	for _, a := range c.Associations {
		out = append(out, a.Leases...)
	}
	return out
}

// Exchange is a message of a client and what came of it.
type Exchange struct {
	Client *Client
	Sent   dhcpv6.MessageType
	Tries  int
	Ended  time.Time
	Took   time.Duration // from the first try to the answer, or to giving up
	Answer *Answer       // that the client goes on with; nil with an error
	Given  []Lease       // what the answer gives, or what a Release gives back
	Lost   []Lease       // what the client held or was offered, and has no more
	Err    error         // ErrNoAnswer, a *Refusal, or why nothing could be sent
}

// Message is the name of what was sent, as the RFC writes it.
func (e *Exchange) Message() string { return title(e.Sent) }

// ErrNoAnswer says that nobody answered.
var ErrNoAnswer = errors.New("no answer")

// Refusal says why a real client does not go on with an answer that it got.
type Refusal struct {
	Answer dhcpv6.MessageType
	Reason error
}

func (r *Refusal) Error() string { return fmt.Sprintf("the %s: %v", title(r.Answer), r.Reason) }
func (r *Refusal) Unwrap() error { return r.Reason }

// title gives the name of a message as the RFC writes it.
func title(t dhcpv6.MessageType) string {
	switch t {
	case dhcpv6.MessageTypeSolicit:
		return "Solicit"
	case dhcpv6.MessageTypeAdvertise:
		return "Advertise"
	case dhcpv6.MessageTypeRequest:
		return "Request"
	case dhcpv6.MessageTypeReply:
		return "Reply"
	case dhcpv6.MessageTypeRelease:
		return "Release"
	case dhcpv6.MessageTypeInformationRequest:
		return "Information-request"
	case dhcpv6.MessageTypeRenew:
		return "Renew"
	case dhcpv6.MessageTypeRebind:
		return "Rebind"
	case dhcpv6.MessageTypeConfirm:
		return "Confirm"
	case dhcpv6.MessageTypeDecline:
		return "Decline"
	}
	return t.String()
}

// solicit finds a server. The answer is an Advertise, or a Reply to a client that
// asked for one.
func (c *Client) solicit(ctx context.Context, way way) Exchange {
	return way.exchange(ctx, c, dhcpv6.MessageTypeSolicit, c.Profile.solicit)
}

func (c *Client) request(ctx context.Context, way way) Exchange {
	return way.exchange(ctx, c, dhcpv6.MessageTypeRequest, c.Profile.request)
}

func (c *Client) inform(ctx context.Context, way way) Exchange {
	return way.exchange(ctx, c, dhcpv6.MessageTypeInformationRequest, c.Profile.inform)
}

func (c *Client) release(ctx context.Context, way way) Exchange {
	return way.exchange(ctx, c, dhcpv6.MessageTypeRelease, c.Profile.release)
}

// expects says whether an answer can be one to a message.
func (c *Client) expects(sent dhcpv6.MessageType, a *Answer) bool {
	if sent != dhcpv6.MessageTypeSolicit {
		return a.Type == dhcpv6.MessageTypeReply
	}
	if a.Type == dhcpv6.MessageTypeReply {
		_, rapid := a.get(dhcpv6.OptionRapidCommit)
		return rapid // without it a client discards it (RFC 9915 section 18.2.1)
	}
	return a.Type == dhcpv6.MessageTypeAdvertise
}

// judge says why the client does not go on with an answer, or nil. Whatever a
// server says of a Release or Decline, it is done (RFC 9915 section 18.2.10.2), and
// the whole of a Confirm's answer is its status.
func (c *Client) judge(sent dhcpv6.MessageType, a *Answer) error {
	err := judgeCommon(c, a)
	if ends(sent) {
		return err
	}
	if err == nil && sent != dhcpv6.MessageTypeConfirm {
		err = c.Profile.judge(c, a)
	}
	if err == nil {
		return nil
	}
	return &Refusal{Answer: a.Type, Reason: err}
}

// IAIDs lists the identity associations for people, such as "IA_NA 8a4107d3".
func (c *Client) IAIDs() (out []string) {
	for _, a := range c.Associations {
		out = append(out, kindName(a.Type)+" "+hex.EncodeToString(a.ID[:]))
	}
	return out
}
