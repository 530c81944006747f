// Package validate holds answers of DHCPv6 servers against the rules of RFC 9915
// and of the documents for the options in them. It shares no code with the server
// of this module, and knows nothing of its configuration: it reads what a client
// or a relay agent sent and what came back, octet by octet, and says which rule
// was broken.
//
// Each rule is a row of a table: where it stands, what it says, and a function that
// tells each breach. A [Checker] knows what cannot be seen in the messages.
package validate

import (
	"fmt"
	"slices"
)

// Violation is a rule that a server broke.
type Violation struct {
	Rule string // where it stands, such as "RFC 9915, 18.3.9"
	Says string // what it says
	What string // how the answer breaks it
}

// String tells it in a sentence.
func (v Violation) String() string { return fmt.Sprintf("%s: %s (%s)", v.Says, v.What, v.Rule) }

// Checker checks answers. The zero value is the strictest.
type Checker struct {
	Unasked []uint16 // codes of options that the server is configured to send unasked (RFC 9915 section 18.3)
}

// Answer checks what a server says to a client against what that sent. What a client
// writes that others cannot read, such as a DUID of a wrong length, comes back so.
func (c Checker) Answer(sent, got []byte) []Violation {
	asked, err := parse(sent)
	if err != nil {
		return []Violation{unreadable("the client's message", err)}
	}
	answer, err := parse(got)
	if err != nil {
		return []Violation{unreadable("the answer", err)}
	}
	e := &exchange{checker: c, sent: asked, got: answer}
	var found []Violation
	for _, r := range rules() {
		for _, what := range r.breaches(e) {
			found = append(found, Violation{r.section, r.says, what})
		}
	}
	if err := secondOpinion(got); err != nil && secondOpinion(sent) == nil {
		found = append(found, unreadable("the answer", err))
	}
	return found
}

// Relayed checks a Relay-reply against the Relay-forward that it answers, level by
// level, and the message in it.
func (c Checker) Relayed(forward, reply []byte) []Violation {
	up, err := parseRelay(forward)
	if err != nil {
		return []Violation{unreadable("the Relay-forward", err)}
	}
	down, err := parseRelay(reply)
	if err != nil {
		return []Violation{unreadable("the Relay-reply", err)}
	}
	var found []Violation
	for _, r := range relayRules() {
		for _, what := range r.breaches(&up, &down) {
			found = append(found, Violation{r.section, r.says, what})
		}
	}
	sent, got := up.carried(), down.carried()
	switch {
	case got == nil || isRelay(sent) != isRelay(got):
		return found // which a rule has told
	case isRelay(got):
		return append(found, c.Relayed(sent, got)...)
	}
	return append(found, c.Answer(sent, got)...)
}

// readable is the rule without which no other can be looked at.
const readable = "options fill a message, and each can be read"

func unreadable(what string, err error) Violation {
	return Violation{"RFC 9915, 21.1", readable, what + ": " + err.Error()}
}

// rule is one of answers to clients.
type rule struct {
	section, says string
	breaches      func(*exchange) []string
}

// rules lists those of answers to clients.
func rules() []rule {
	return slices.Concat(headerRules(), optionRules(), associationRules(), leaseRules(), statusRules(), valueRules())
}

// exchange is a client's message and the answer to it.
type exchange struct {
	checker   Checker
	sent, got message
}

// about says whether the client's message is of one of several types.
func (e *exchange) about(kinds ...byte) bool { return slices.Contains(kinds, e.sent.kind) }
