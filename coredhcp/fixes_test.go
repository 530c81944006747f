package coredhcp_test

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
	"github.com/insomniacslk/dhcp/iana"
)

// comparison is one message with CoreDHCP's reply to it, which fixes change to
// what ours is to be.
type comparison struct {
	theirs reference
	had    map[string][]netip.Prefix // what each identity association was leased
	msg    *dhcpv6.Message
	reply  *dhcpv6.Message // nil: none
}

// fix is one difference, as docs/from-coredhcp.md has it.
type fix struct {
	name  string
	apply func(c *comparison)
}

// fixes are all differences, in the order in which they are applied.
func fixes() []fix {
	return []fix{
		{"without Client Identifier", answerWithoutClientID},
		{"Rapid Commit", withoutRapidCommit},
		{"Release and Confirm", endings},
		{"each option once", once},
		{"malformed options", wellFormed},
		{"identity associations without an answer", answerAll},
		{"T1 and T2", renewTimes},
		{"what is given no more", withdraw},
		{"order", inOrder},
	}
}

func TestTheManualHasEveryFix(t *testing.T) {
	page, err := os.ReadFile("../docs/from-coredhcp.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## What is put right\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var want, got []string
	for _, f := range fixes() {
		want = append(want, f.name)
	}
	for line := range strings.Lines(section) {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(line, "- **"), "**"); ok && rest != line {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/from-coredhcp.md has %q, the comparison makes %q", got, want)
	}
}

// answerWithoutClientID answers an Information-request that CoreDHCP does not
// answer: the plugins see a reply that has no Client Identifier.
func answerWithoutClientID(c *comparison) {
	if c.msg.Type() != dhcpv6.MessageTypeInformationRequest || c.msg.Options.ClientID() != nil {
		return
	}
	with := *c.msg
	with.Options.Options = append(dhcpv6.Options{dhcpv6.OptClientID(&dhcpv6.DUIDOpaque{Data: []byte{1}})}, c.msg.Options.Options...)
	c.reply = c.theirs.serve(with.ToBytes())
	c.reply.Options.Del(dhcpv6.OptionClientID)
}

// withoutRapidCommit makes an Advertise: the link does not do Rapid Commit.
func withoutRapidCommit(c *comparison) {
	if c.msg.Type() == dhcpv6.MessageTypeSolicit && c.reply != nil {
		c.reply.MessageType = dhcpv6.MessageTypeAdvertise
		c.reply.Options.Del(dhcpv6.OptionRapidCommit)
	}
}

// endings says Success to a Release, and to a Confirm of an address that is on the
// link, and nothing else; identity associations of which nothing is known have no binding.
func endings(c *comparison) {
	t := c.msg.Type()
	if t != dhcpv6.MessageTypeRelease && t != dhcpv6.MessageTypeConfirm {
		return
	}
	kept := dhcpv6.Options{}
	for _, o := range c.reply.Options.Options {
		if o.Code() == dhcpv6.OptionClientID || o.Code() == dhcpv6.OptionServerID {
			kept.Add(o)
		}
	}
	kept.Add(&dhcpv6.OptStatusCode{StatusCode: iana.StatusSuccess})
	c.reply.Options.Options = kept
}

// once leaves out an option that stands twice because the client asked twice.
func once(c *comparison) {
	if c.reply == nil {
		return
	}
	seen := map[dhcpv6.OptionCode]bool{}
	kept := dhcpv6.Options{}
	for _, o := range c.reply.Options.Options {
		if !isIA(o) && seen[o.Code()] {
			continue
		}
		seen[o.Code()] = true
		kept.Add(o)
	}
	c.reply.Options.Options = kept
}

func isIA(o dhcpv6.Option) bool {
	return o.Code() == dhcpv6.OptionIANA || o.Code() == dhcpv6.OptionIAPD
}

// wellFormed leaves out what the library cannot read.
func wellFormed(c *comparison) {
	if c.reply != nil {
		c.reply.Options.Options = slices.DeleteFunc(c.reply.Options.Options, func(o dhcpv6.Option) bool {
			_, err := dhcpv6.ParseOption(o.Code(), o.ToBytes())
			return err != nil
		})
	}
}

// answerAll says to identity associations that CoreDHCP's plugins do not name that
// there is nothing.
func answerAll(c *comparison) {
	if c.reply == nil || !assigns(c.msg.Type()) {
		return
	}
	for _, o := range c.msg.Options.Options {
		if !isIA(o) || indexOf(c.reply.Options.Options, o) >= 0 {
			continue
		}
		nothing := &dhcpv6.OptStatusCode{StatusCode: iana.StatusNoBinding, StatusMessage: "no binding"}
		if t := c.msg.Type(); t == dhcpv6.MessageTypeSolicit || t == dhcpv6.MessageTypeRequest {
			nothing = &dhcpv6.OptStatusCode{StatusCode: iana.StatusNoAddrsAvail, StatusMessage: "no address available"}
			if o.Code() == dhcpv6.OptionIAPD {
				nothing = &dhcpv6.OptStatusCode{StatusCode: iana.StatusNoPrefixAvail, StatusMessage: "no prefix available"}
			}
		}
		answer := empty(o)
		optionsIn(answer).Add(nothing)
		c.reply.AddOption(answer)
	}
}

// withdraw has a client that renews stop using what it names, or has, and is not
// given again: lifetimes of zero.
func withdraw(c *comparison) {
	if c.reply == nil || !assigns(c.msg.Type()) {
		return
	}
	for _, asked := range c.msg.Options.Options {
		if !isIA(asked) {
			continue
		}
		answer := c.reply.Options.Options[indexOf(c.reply.Options.Options, asked)]
		key := string(c.msg.Options.ClientID().ToBytes()) + string(answer.ToBytes()[:4]) + answer.Code().String()
		given := prefixesIn(answer)
		if t := c.msg.Type(); t == dhcpv6.MessageTypeRenew || t == dhcpv6.MessageTypeRebind {
			for _, p := range append(prefixesIn(asked), c.had[key]...) {
				if len(given) > 0 && !slices.Contains(prefixesIn(answer), p) {
					optionsIn(answer).Add(&dhcpv6.OptIAPrefix{Prefix: ipNet(p)})
				}
			}
		}
		if c.msg.Type() != dhcpv6.MessageTypeSolicit {
			c.had[key] = given
		}
	}
}

// prefixesIn gives the delegated prefixes in an identity association.
func prefixesIn(o dhcpv6.Option) (out []netip.Prefix) {
	for _, in := range *optionsIn(o) {
		if p, ok := in.(*dhcpv6.OptIAPrefix); ok {
			out = append(out, netip.MustParsePrefix(p.Prefix.String()))
		}
	}
	return out
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 128)}
}

// renewTimes sets T1 and T2, which CoreDHCP's plugins leave zero.
func renewTimes(c *comparison) {
	if c.reply == nil {
		return
	}
	shortest := time.Duration(0)
	for _, o := range c.reply.Options.Options {
		if d, ok := preferredIn(o); ok && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	for _, o := range c.reply.Options.Options {
		if _, ok := preferredIn(o); !ok {
			continue
		}
		switch ia := o.(type) {
		case *dhcpv6.OptIANA:
			ia.T1, ia.T2 = shortest/2, shortest*4/5
		case *dhcpv6.OptIAPD:
			ia.T1, ia.T2 = shortest/2, shortest*4/5
		}
	}
}

// inOrder puts first who speaks, then the identity associations in the order of
// the message, then the rest.
func inOrder(c *comparison) {
	if c.reply == nil {
		return
	}
	place := func(o dhcpv6.Option) int {
		switch {
		case o.Code() == dhcpv6.OptionClientID:
			return 0
		case o.Code() == dhcpv6.OptionServerID:
			return 1
		case isIA(o):
			return 2 + indexOf(c.msg.Options.Options, o)
		}
		return 1000
	}
	slices.SortStableFunc(c.reply.Options.Options, func(a, b dhcpv6.Option) int { return place(a) - place(b) })
}

func assigns(t dhcpv6.MessageType) bool {
	return t == dhcpv6.MessageTypeSolicit || t == dhcpv6.MessageTypeRequest || t == dhcpv6.MessageTypeRenew || t == dhcpv6.MessageTypeRebind
}

// indexOf finds the option of the same identity association, or -1.
func indexOf(options dhcpv6.Options, ia dhcpv6.Option) int {
	return slices.IndexFunc(options, func(o dhcpv6.Option) bool {
		return o.Code() == ia.Code() && isIA(o) && string(o.ToBytes()[:4]) == string(ia.ToBytes()[:4])
	})
}

// optionsIn gives the options in an identity association.
func optionsIn(o dhcpv6.Option) *dhcpv6.Options {
	switch ia := o.(type) {
	case *dhcpv6.OptIANA:
		return &ia.Options.Options
	case *dhcpv6.OptIAPD:
		return &ia.Options.Options
	}
	return nil
}

// empty gives the same identity association without anything in it.
func empty(o dhcpv6.Option) dhcpv6.Option {
	switch ia := o.(type) {
	case *dhcpv6.OptIANA:
		return &dhcpv6.OptIANA{IaId: ia.IaId}
	case *dhcpv6.OptIAPD:
		return &dhcpv6.OptIAPD{IaId: ia.IaId}
	}
	return nil
}

// preferredIn gives the shortest preferred lifetime in an identity association,
// and whether it has leases.
func preferredIn(o dhcpv6.Option) (shortest time.Duration, ok bool) {
	if !isIA(o) {
		return 0, false
	}
	for _, in := range *optionsIn(o) {
		var d time.Duration
		switch lease := in.(type) {
		case *dhcpv6.OptIAAddress:
			d = lease.PreferredLifetime
		case *dhcpv6.OptIAPrefix:
			d = lease.PreferredLifetime
		default:
			continue
		}
		if !ok || d < shortest {
			shortest, ok = d, true
		}
	}
	return shortest.Round(time.Second), ok
}
