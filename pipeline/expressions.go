package pipeline

import (
	"net/netip"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
	"github.com/stage6/stage6/stage"
)

// Expressions compiles match expressions over the facts of an exchange.
type Expressions struct {
	facts *match.Facts[*Exchange]
	tell  func(*Expression) // of what was compiled; may be nil
}

// Expression is a compiled match expression. It is safe for concurrent use.
type Expression struct {
	program *match.Program[*Exchange]
}

// FactInfo describes a fact that expressions can read.
type FactInfo struct {
	Name, Type, Doc string
}

// NewExpressions makes a compiler that knows the facts of the server.
func NewExpressions() *Expressions {
	facts := &match.Facts[*Exchange]{}
	declareClient(facts)
	declareClasses(facts)
	declarePlace(facts)
	declareRelay(facts)
	return &Expressions{facts: facts}
}

// Watched gives a compiler of the same facts that tells of each expression
// that it has compiled.
func (e *Expressions) Watched(tell func(*Expression)) *Expressions {
	return &Expressions{facts: e.facts, tell: tell}
}

// Compile compiles an expression. Its error gives line and column in the
// expression and says what would be right.
func (e *Expressions) Compile(source string) (*Expression, error) {
	p, err := match.Compile(source, e.facts)
	if err != nil {
		return nil, err
	}
	out := &Expression{p}
	if e.tell != nil {
		e.tell(out)
	}
	return out, nil
}

// Facts describes the facts, sorted by name.
func (e *Expressions) Facts() (out []FactInfo) {
	for _, f := range e.facts.List() {
		out = append(out, FactInfo(f))
	}
	return out
}

// Match says whether the exchange matches. An error is one of ours: such as an
// index beyond a list.
func (e *Expression) Match(x *Exchange) (bool, error) { return e.program.Eval(x) }

// Tags gives the names of the tags that the expression asks for, sorted.
func (e *Expression) Tags() []string { return e.program.Tags() }

// messageTypes are the names of what clients send.
var messageTypes = []string{
	"solicit", "request", "confirm", "renew", "rebind", "release", "decline", "information-request",
}

// typeName gives the name of a message type in an expression.
func typeName(x *Exchange) string {
	switch x.Type() {
	case dhcpv6.MessageTypeSolicit:
		return "solicit"
	case dhcpv6.MessageTypeRequest:
		return "request"
	case dhcpv6.MessageTypeConfirm:
		return "confirm"
	case dhcpv6.MessageTypeRenew:
		return "renew"
	case dhcpv6.MessageTypeRebind:
		return "rebind"
	case dhcpv6.MessageTypeRelease:
		return "release"
	case dhcpv6.MessageTypeDecline:
		return "decline"
	}
	return "information-request"
}

func declareClient(f *match.Facts[*Exchange]) {
	f.Choice("type", "the type of the client's message", messageTypes, typeName)
	f.Octets("duid", "the client's DUID, in hexadecimal", (*Exchange).ClientID)
	f.Int("duid_type", "the type of the DUID: 1 LLT, 2 EN, 3 LL, 4 UUID", duidType)
	f.Octets("mac", "the client's MAC, as identify found it", macBytes)
	f.Ints("requested", "the option codes that the client asks for", nil,
		func(x *Exchange) int { return len(x.s.Msg.RequestedCodes()) },
		func(x *Exchange, i int) int { return int(x.s.Msg.RequestedCodes()[i]) })
	f.Int("elapsed", "for how many seconds the client has been asking", func(x *Exchange) int { return int(x.s.Msg.Elapsed / 100) })
	f.Bool("rapid_commit", "whether the client asks for Rapid Commit", func(x *Exchange) bool { return x.s.Msg.RapidCommit })
	f.Bool("wants_address", "whether the message has an IA_NA", func(x *Exchange) bool { return hasIA(x, ident.NA) })
	f.Bool("wants_prefix", "whether the message has an IA_PD", func(x *Exchange) bool { return hasIA(x, ident.PD) })
}

func duidType(x *Exchange) int {
	if d := x.ClientID(); len(d) >= 2 {
		return int(d[0])<<8 | int(d[1])
	}
	return 0
}

// macBytes gives the MAC in place, or nothing.
func macBytes(x *Exchange) []byte {
	if x.s.MAC.IsZero() {
		return nil
	}
	return x.s.MAC[:]
}

func hasIA(x *Exchange, t ident.IAType) bool {
	for i := range x.s.Msg.IAs {
		if x.s.Msg.IAs[i].Type == t {
			return true
		}
	}
	return false
}

func declareClasses(f *match.Facts[*Exchange]) {
	f.Strings("user_class", "the user classes (option 15)",
		func(x *Exchange) int { return x.s.Msg.NumUserClass() },
		func(x *Exchange, i int) []byte { return x.s.Msg.UserClassAt(i) })
	f.Strings("vendor_class", "the vendor classes (option 16)",
		func(x *Exchange) int { return x.s.Msg.NumVendorClass() },
		func(x *Exchange, i int) []byte { return x.s.Msg.VendorClassAt(i) })
	f.Int("vendor_enterprise", "the enterprise number of the vendor class, or 0",
		func(x *Exchange) int { return int(x.VendorEnterprise()) })
	f.Ints("arch", "the processor architectures (option 61), as numbers or names", archNames(),
		(*Exchange).NumArchs,
		func(x *Exchange, i int) int { return int(x.Arch(i)) })
}

func declarePlace(f *match.Facts[*Exchange]) {
	f.String("link", "the name of the client's link, or nothing", func(x *Exchange) string {
		if x.s.Link == nil {
			return ""
		}
		return x.s.Link.Name
	})
	f.String("host", "the name of the known host, or nothing", func(x *Exchange) string {
		if h := x.Host(); h != nil {
			return h.Name
		}
		return ""
	})
	states := []string{host.New.String(), host.Deploy.String(), host.Installed.String(), host.Locked.String()}
	f.Choice("state", "the state of the known host, or nothing", states, func(x *Exchange) string {
		if h := x.Host(); h != nil {
			return h.State.String()
		}
		return ""
	})
	stages := []string{stage.Unknown.String(), stage.Firmware.String(), stage.Loader.String(), stage.Installer.String(), stage.Final.String()}
	f.Choice("stage", "where the machine is in its boot", stages, func(x *Exchange) string { return x.s.Stage.String() })
	f.Set("tag", "the tags that earlier plugins set", (*Exchange).HasTag)
}

func declareRelay(f *match.Facts[*Exchange]) {
	f.Int("relays", "how many relay agents the message came through", (*Exchange).NumRelays)
	f.Addr("peer", "the address of the client, as the nearest relay or the datagram has it", clientAddr)
	f.Addr("link_address", "the link-address of the relay nearest the client that has one", linkAddress)
	f.Bytes("interface_id", "the Interface-Id of the relay nearest the client that has one", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.InterfaceID })
	})
	f.Bytes("remote_id", "the Remote-Id, likewise, without the enterprise number", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.RemoteID })
	})
	f.Bytes("subscriber_id", "the Subscriber-Id, likewise", func(x *Exchange) []byte {
		return nearest(x, func(r ident.Relay) []byte { return r.SubscriberID })
	})
}

// ClientAddr gives the client's own address, as the nearest relay or the
// datagram has it.
func (x *Exchange) ClientAddr() netip.Addr { return clientAddr(x) }

func clientAddr(x *Exchange) netip.Addr {
	if n := len(x.s.Msg.Relays); n > 0 {
		return x.s.Msg.Relays[n-1].PeerAddr
	}
	return x.s.Peer.Addr().WithZone("")
}

func linkAddress(x *Exchange) netip.Addr {
	for i := range x.NumRelays() {
		if a := x.Relay(i).LinkAddress; !a.IsUnspecified() {
			return a
		}
	}
	return netip.Addr{}
}

// nearest gives what the relay nearest the client that has it says.
func nearest(x *Exchange, field func(ident.Relay) []byte) []byte {
	for i := range x.NumRelays() {
		if v := field(x.Relay(i)); v != nil {
			return v
		}
	}
	return nil
}
