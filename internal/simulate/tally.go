package simulate

import (
	"errors"
	"sync"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/stage"
)

// Tally is a Watcher that counts the exchanges of machines. It is safe for concurrent use.
type Tally struct {
	mu     sync.Mutex
	counts map[rowKey]*counts
	keys   []rowKey // in the order of the plan
	total  uint64
}

// rowKey names what is counted together.
type rowKey struct {
	profile string
	stage   stage.Stage
	sent    dhcpv6.MessageType
}

type counts struct {
	asked, answered, refused, silent, resent uint64
	latencies                                latencies
}

// Row is the exchanges of one message of a program.
type Row struct {
	Stage    stage.Stage   `json:"stage"`
	Profile  string        `json:"profile"`
	Message  string        `json:"message"`
	Asked    uint64        `json:"asked"`
	Answered uint64        `json:"answered"`  // so that the program goes on
	Refused  uint64        `json:"refused"`   // answered, but so that a real program would not go on
	NoAnswer uint64        `json:"no_answer"` // to any try, or nothing could be sent
	Resent   uint64        `json:"resent"`    // tries after the first
	P50      time.Duration `json:"p50_ns"`    // from the first try to the answer
	P99      time.Duration `json:"p99_ns"`
	Max      time.Duration `json:"max_ns"`
}

// NewTally makes a tally whose rows are those of a plan.
func NewTally(plan Plan) *Tally {
	t := &Tally{counts: map[rowKey]*counts{}}
	for _, p := range plan.Programs() {
		for _, kind := range p.sends() {
			k := rowKey{p.Name, p.Stage, kind}
			t.counts[k] = &counts{}
			t.keys = append(t.keys, k)
		}
	}
	return t
}

// Started counts nothing: exchanges are counted when they end.
func (t *Tally) Started(*Client) {}

// sends lists the messages of a program in a boot.
func (p *Profile) sends() []dhcpv6.MessageType {
	if p.inform != nil {
		return []dhcpv6.MessageType{dhcpv6.MessageTypeInformationRequest}
	}
	out := []dhcpv6.MessageType{dhcpv6.MessageTypeSolicit, dhcpv6.MessageTypeRequest}
	if p.release != nil {
		out = append(out, dhcpv6.MessageTypeRelease)
	}
	return out
}

// Exchanged counts an exchange of a client in the plan.
func (t *Tally) Exchanged(e *Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.row(rowKey{e.Client.Profile.Name, e.Client.Profile.Stage, e.Sent})
	t.total++
	c.asked++
	c.resent += uint64(max(e.Tries-1, 0))
	var refusal *Refusal
	switch {
	case e.Err == nil:
		c.answered++
		c.latencies.add(e.Took)
	case errors.As(e.Err, &refusal):
		c.refused++
	default:
		c.silent++
	}
}

// row gives what is counted under a key. One that is in no plan comes last.
func (t *Tally) row(k rowKey) *counts {
	c := t.counts[k]
	if c == nil {
		c = &counts{}
		t.counts[k] = c
		t.keys = append(t.keys, k)
	}
	return c
}

// Total is the number of exchanges so far.
func (t *Tally) Total() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// Rows gives the rows in the order of the plan.
func (t *Tally) Rows() []Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := make([]Row, len(t.keys))
	for i, k := range t.keys {
		c := t.counts[k]
		rows[i] = Row{
			Stage: k.stage, Profile: k.profile, Message: title(k.sent),
			Asked: c.asked, Answered: c.answered, Refused: c.refused, NoAnswer: c.silent, Resent: c.resent,
			P50: c.latencies.percentile(50), P99: c.latencies.percentile(99), Max: c.latencies.most,
		}
	}
	return rows
}
