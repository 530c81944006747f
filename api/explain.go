package api

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/stage6/stage6/ident"
)

// ExplainQuery asks for what the server remembers of a machine's last messages.
type ExplainQuery struct {
	// Of is the machine: a MAC, a DUID, a UUID, an address or prefix, or a name of a
	// host; empty: all machines.
	Of    string
	Last  int           // at most so many, the newest ones; 0: 8
	Since uint64        // only those after this number, such as a Next
	Drops bool          // only what was not answered
	Wait  time.Duration // how long to wait for the first one; 0: not at all
}

// Explanations is the answer of GET /v1/explain.
type Explanations struct {
	Of        string        `json:"of,omitempty"`   // the machine, as it was asked for
	Kind      string        `json:"kind,omitempty"` // what that is: mac, duid, uuid, address or name
	Host      string        `json:"host,omitempty"` // the host that it is known to be
	Exchanges []Explanation `json:"exchanges"`      // the oldest first
	Hints     []Hint        `json:"hints,omitempty"`
	Next      uint64        `json:"next"`             // the number of the newest exchange of anybody
	Kept      int           `json:"kept"`             // how many exchanges of all machines are remembered
	Since     time.Time     `json:"since,omitzero"`   // since when; absent: there are none
	Missed    uint64        `json:"missed,omitempty"` // exchanges that were not remembered, since too many came at once
}

// Hint names a cause, and says what to do about it.
type Hint struct {
	Cause string `json:"cause"` // one of a few words with hyphens, such as no-option-79
	Text  string `json:"text"`  // what is so
	Do    string `json:"do,omitempty"`
}

// Explanation is what became of one datagram, and why.
type Explanation struct {
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
	Dry     bool      `json:"dry,omitempty"` // it was only tried, and nothing of it happened
	Summary string    `json:"summary"`       // one line

	Message       string `json:"message,omitempty"`        // such as solicit; absent: it could not be read
	TransactionID string `json:"transaction_id,omitempty"` // in hexadecimal
	Reply         string `json:"reply,omitempty"`          // advertise or reply; absent: there is none
	Drop          string `json:"drop,omitempty"`           // the reason for which there is no reply
	DropText      string `json:"drop_text,omitempty"`      // the same for people
	DroppedBy     string `json:"dropped_by,omitempty"`     // the plugin that did so

	Client   ExplainedClient   `json:"client"`
	Way      ExplainedWay      `json:"way"`
	Link     ExplainedLink     `json:"link"`
	Identity []Statement       `json:"identity,omitempty"` // in the order asked
	Host     *ExplainedHost    `json:"host,omitempty"`     // absent: it is not known
	Stage    ExplainedStage    `json:"stage"`
	Tags     []ExplainedTag    `json:"tags,omitempty"`
	IAs      []ExplainedIA     `json:"ias,omitempty"`
	Options  []ExplainedOption `json:"options,omitempty"` // sent ones first
	Steps    []ExplainedStep   `json:"steps,omitempty"`   // plugins, in their order
	Timing   ExplainedTiming   `json:"timing"`
	Skipped  []string          `json:"skipped,omitempty"` // what was there and not used, since it is malformed
	Hints    []Hint            `json:"hints,omitempty"`

	Datagram []byte `json:"datagram,omitempty"` // as it came, at most 2048 octets
	Answer   []byte `json:"answer,omitempty"`   // as it left, at most 2048 octets
}

// ExplainedClient is what a client says of itself.
type ExplainedClient struct {
	DUID          ident.DUID `json:"duid,omitempty"`
	MAC           ident.MAC  `json:"mac,omitzero"`    // as the server believes it
	Program       string     `json:"program"`         // what it looks like, such as UEFI PXE
	Archs         []string   `json:"archs,omitempty"` // of option 61
	UserClasses   []string   `json:"user_classes,omitempty"`
	VendorClasses []string   `json:"vendor_classes,omitempty"`
	Requests      []uint16   `json:"requests,omitempty"` // the options that it asks for
	Elapsed       string     `json:"elapsed,omitempty"`  // how long it has been trying, as it says
}

// ExplainedWay is how a datagram came, and where the reply went.
type ExplainedWay struct {
	From      netip.AddrPort   `json:"from"`
	To        netip.Addr       `json:"to"`
	Interface string           `json:"interface,omitempty"`
	FrameMAC  ident.MAC        `json:"frame_mac,omitzero"`
	Relays    []ExplainedRelay `json:"relays,omitempty"` // the one nearest the client first
	ReplyTo   netip.AddrPort   `json:"reply_to,omitzero"`
	Waited    bool             `json:"waited,omitempty"` // until it was known who the client is
}

// ExplainedRelay is a relay agent.
type ExplainedRelay struct {
	Address     netip.Addr `json:"address"` // of the relay agent, as the next one saw it
	LinkAddress netip.Addr `json:"link_address"`
	PeerAddress netip.Addr `json:"peer_address"`
	InterfaceID string     `json:"interface_id,omitempty"`
	RemoteID    string     `json:"remote_id,omitempty"`
	MAC         ident.MAC  `json:"mac,omitzero"` // of option 79
	Trusted     bool       `json:"trusted"`
}

// ExplainedLink is where the client is.
type ExplainedLink struct {
	Name     string         `json:"name,omitempty"` // absent: none matches
	Prefixes []netip.Prefix `json:"prefixes,omitempty"`
	Why      string         `json:"why"`
}

// Statement is what a source of identity said.
type Statement struct {
	Source  string `json:"source"`
	Says    string `json:"says,omitempty"` // such as mac 52:54:00:aa:bb:01; absent: nothing
	Trusted bool   `json:"trusted,omitempty"`
	Why     string `json:"why,omitempty"` // why it says nothing, or is not trusted
}

// ExplainedHost is who the client is.
type ExplainedHost struct {
	Name      string `json:"name"`
	Interface string `json:"interface,omitempty"`
	State     string `json:"state"` // as it was then
	Why       string `json:"why"`
	Trusted   bool   `json:"trusted"` // the client cannot have made that up
}

// ExplainedStage is where the machine was in its boot.
type ExplainedStage struct {
	Stage string `json:"stage"`
	By    string `json:"by,omitempty"` // the plugin that said so
	Why   string `json:"why,omitempty"`
}

// ExplainedTag is a tag with who put it on.
type ExplainedTag struct {
	Tag string `json:"tag"`
	By  string `json:"by"`
}

// ExplainedIA is an identity association and what was decided about it.
type ExplainedIA struct {
	Type      string           `json:"type"` // IA_NA or IA_PD
	IAID      uint32           `json:"iaid"`
	Named     []netip.Prefix   `json:"named,omitempty"` // what the client asked for
	Had       []ExplainedLease `json:"had,omitempty"`   // what it had of this server then
	Given     []ExplainedLease `json:"given,omitempty"`
	Withdrawn []netip.Prefix   `json:"withdrawn,omitempty"` // what it was told not to use any more
	Status    string           `json:"status"`              // Success, or why not
	Text      string           `json:"text,omitempty"`      // as the client was told
	By        string           `json:"by,omitempty"`        // the plugin that decided, or server
	Silent    bool             `json:"silent,omitempty"`    // the reply does not name it
	Barred    *ExplainedHolder `json:"barred,omitempty"`    // what it could not have
	Pool      *ExplainedPool   `json:"pool,omitempty"`      // the pool that had nothing left
	Notes     []ExplainedNote  `json:"notes,omitempty"`
}

// ExplainedLease is a lease, or one that was offered.
type ExplainedLease struct {
	Prefix    netip.Prefix     `json:"prefix"` // an address is a /128
	Pool      string           `json:"pool,omitempty"`
	State     string           `json:"state,omitempty"`
	Preferred uint32           `json:"preferred,omitempty"` // seconds
	Valid     uint32           `json:"valid,omitempty"`     // seconds
	Until     time.Time        `json:"until,omitzero"`
	From      *ExplainedHolder `json:"from,omitempty"` // who gave it up for that
}

// ExplainedHolder is who had an address or prefix.
type ExplainedHolder struct {
	Prefix netip.Prefix `json:"prefix"`
	Host   string       `json:"host,omitempty"`
	DUID   ident.DUID   `json:"duid,omitempty"` // absent: it was only offered to somebody
	MAC    ident.MAC    `json:"mac,omitzero"`
	Stage  string       `json:"stage,omitempty"`
	State  string       `json:"state,omitempty"` // active, released or declined
	Until  time.Time    `json:"until,omitzero"`
}

// ExplainedPool is how full a pool was.
type ExplainedPool struct {
	Name string  `json:"name"`
	By   string  `json:"by"` // the plugin that it is of
	Free float64 `json:"free"`
	Size float64 `json:"size"`
}

// ExplainedNote is what a plugin said of what it did.
type ExplainedNote struct {
	By   string `json:"by"`
	Text string `json:"text"`
}

// ExplainedOption is an option that was proposed for the reply, or that the client
// asked for.
type ExplainedOption struct {
	Code       uint16 `json:"code"`
	Enterprise uint32 `json:"enterprise,omitempty"` // of options 16 and 17
	Name       string `json:"name,omitempty"`
	Value      string `json:"value,omitempty"`
	By         string `json:"by,omitempty"` // absent: nobody proposed it
	Sent       bool   `json:"sent"`
	Why        string `json:"why,omitempty"` // why it was not sent
}

// ExplainedStep is one plugin of the list.
type ExplainedStep struct {
	Name   string   `json:"name"`
	Plugin string   `json:"plugin,omitempty"`
	Did    string   `json:"did"`            // called, unmatched, answered, dropped, left-out or not-reached
	When   string   `json:"when,omitempty"` // its condition
	Notes  []string `json:"notes,omitempty"`
}

// ExplainedTiming is how long the parts took, in nanoseconds.
type ExplainedTiming struct {
	Identify int64  `json:"identify,omitempty"`
	Plugins  int64  `json:"plugins,omitempty"`
	Form     int64  `json:"form,omitempty"`
	Disk     int64  `json:"disk,omitempty"`     // waiting until the lease was durable
	DiskEnd  string `json:"disk_end,omitempty"` // done, waiting, failed or full; absent: it did not wait
}

// Explain asks what became of a machine's messages.
func (c *Client) Explain(ctx context.Context, q ExplainQuery) (e Explanations, err error) {
	v := values(map[string]string{"of": q.Of}, 0)
	for name, n := range map[string]uint64{"last": uint64(max(q.Last, 0)), "since": q.Since, "wait": uint64(q.Wait / time.Second)} {
		if n > 0 {
			v.Set(name, strconv.FormatUint(n, 10))
		}
	}
	if q.Drops {
		v.Set("drops", "true")
	}
	ctx, cancel := context.WithTimeout(ctx, usualTime+q.Wait)
	defer cancel()
	return e, c.exchange(ctx, http.MethodGet, "/v1/explain?"+v.Encode(), nil, &e)
}

// Try is messages to be tried, one after the other: what would become of them is told,
// and nothing happens. The later ones see what would have been leased to the former.
type Try struct {
	Messages []TryMessage `json:"messages"` // at most 64
}

// TryMessage is one datagram and how it is to have come.
type TryMessage struct {
	Datagram  []byte         `json:"datagram"`
	From      netip.AddrPort `json:"from"`                // the client, or the relay agent nearest the server
	To        netip.Addr     `json:"to,omitzero"`         // absent: ff02::1:2
	Interface string         `json:"interface,omitempty"` // by which it comes; absent: the only one that there is
	FrameMAC  ident.MAC      `json:"frame_mac,omitzero"`  // of the Ethernet frame
}

// Try asks what would become of messages.
func (c *Client) Try(ctx context.Context, t Try) (e Explanations, err error) {
	return e, c.doBody(ctx, "/v1/explain/try", t, &e)
}
