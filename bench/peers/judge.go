package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab/tap"
)

// seen is what the record of the cable tells of a server.
type seen struct {
	delays  map[dhcpv6.MessageType][]time.Duration // by the type of the client's message; sorted
	good    map[dhcpv6.MessageType]int             // answers that are what the scenario is about
	bad     int
	example error // of a bad answer
}

// asked is a message of a client's that waits for its answer.
type asked struct {
	at      time.Time
	message *dhcpv6.Message
	relayed bool
}

// watched follows the messages of a record.
type watched struct {
	scenario scenario
	waiting  map[dhcpv6.TransactionID]asked
	seen     seen
}

// judge pairs messages and answers by their transaction IDs and looks at every
// answer: whether the client has what it came for. It reads them with another
// DHCPv6 library than ours.
func judge(frames []tap.Frame, s scenario) (seen, error) {
	w := watched{scenario: s, waiting: map[dhcpv6.TransactionID]asked{}}
	w.seen.delays = map[dhcpv6.MessageType][]time.Duration{}
	w.seen.good = map[dhcpv6.MessageType]int{}
	for _, f := range frames {
		if err := w.follow(f); err != nil {
			return w.seen, err
		}
	}
	for _, d := range w.seen.delays {
		slices.Sort(d)
	}
	return w.seen, nil
}

func (w *watched) follow(f tap.Frame) error {
	d, err := dhcpv6.FromBytes(f.Payload)
	if err != nil {
		return fmt.Errorf("a datagram on the cable: %w", err)
	}
	message, err := d.GetInnerMessage()
	if err != nil {
		return fmt.Errorf("a datagram on the cable: %w", err)
	}
	if !f.Sent {
		w.waiting[message.TransactionID] = asked{f.At, message, d.IsRelay()}
		return nil
	}
	question, ok := w.waiting[message.TransactionID]
	if !ok {
		return nil // the answer to a message from before the record
	}
	delete(w.waiting, message.TransactionID)
	w.answer(question, message, f.At.Sub(question.at), d.IsRelay())
	return nil
}

// answer notes one answer.
func (w *watched) answer(question asked, answer *dhcpv6.Message, delay time.Duration, relayed bool) {
	kind := question.message.MessageType
	w.seen.delays[kind] = append(w.seen.delays[kind], delay)
	if err := w.scenario.fault(question, answer, relayed); err != nil {
		w.seen.bad++
		w.seen.example = fmt.Errorf("%v, answered with %v: %w", kind, answer.MessageType, err)
		return
	}
	w.seen.good[kind]++
}

// fault says what an answer lacks.
func (s scenario) fault(question asked, answer *dhcpv6.Message, relayed bool) error {
	want := dhcpv6.MessageTypeReply
	if question.message.MessageType == dhcpv6.MessageTypeSolicit && !s.rapid {
		want = dhcpv6.MessageTypeAdvertise
	}
	switch {
	case answer.MessageType != want:
		return fmt.Errorf("want %v", want)
	case s.rapid && answer.GetOneOption(dhcpv6.OptionRapidCommit) == nil:
		return fmt.Errorf("no Rapid Commit")
	case relayed != question.relayed || relayed != slices.Contains(s.args, "-A"):
		return fmt.Errorf("relayed: %v", relayed)
	}
	for _, code := range question.message.Options.RequestedOptions() {
		if slices.Contains(configured, code) && answer.GetOneOption(code) == nil {
			return fmt.Errorf("%v is missing: %s", code, line(answer))
		}
	}
	return granted(question.message, answer)
}

// configured are options that all servers have, and send to who asks for them.
var configured = []dhcpv6.OptionCode{dhcpv6.OptionDNSRecursiveNameServer, dhcpv6.OptionDomainSearchList}

// granted says what of the identity association that was asked for is missing.
func granted(question, answer *dhcpv6.Message) error {
	if question.Options.OneIAPD() != nil {
		ia := answer.Options.OneIAPD()
		if ia == nil || len(ia.Options.Prefixes()) == 0 || ia.Options.Prefixes()[0].ValidLifetime == 0 {
			return fmt.Errorf("no prefix: %s", line(answer))
		}
		return nil
	}
	ia := answer.Options.OneIANA()
	if ia == nil || ia.Options.OneAddress() == nil || ia.Options.OneAddress().ValidLifetime == 0 {
		return fmt.Errorf("no address: %s", line(answer))
	}
	had := question.Options.OneIANA().Options.OneAddress()
	if had != nil && !had.IPv6Addr.Equal(ia.Options.OneAddress().IPv6Addr) {
		return fmt.Errorf("%v in the place of %v", ia.Options.OneAddress().IPv6Addr, had.IPv6Addr)
	}
	return nil
}

// line tells a message in one line.
func line(m *dhcpv6.Message) string { return strings.Join(strings.Fields(m.Summary()), " ") }

// check says whether the clients had what the scenario is about. perfdhcp renews only
// until its time is over.
func (v seen) check(s scenario, begun int) error {
	if v.bad > 0 {
		return fmt.Errorf("%d answers are not what %s asks for: %w", v.bad, s.name, v.example)
	}
	if n := v.good[s.last]; float64(n) < 0.9*float64(begun) {
		return fmt.Errorf("of %d clients only %d came to the last Reply of %s", begun, n, s.name)
	}
	return nil
}

// at gives the delay within which a share of the sorted answers came.
func at(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
