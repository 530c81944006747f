package pipeline

import (
	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
)

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
	f.Ints("requested", "the option codes that the client asks for", nil,
		func(x *Exchange) int { return len(x.s.Msg.RequestedCodes()) },
		func(x *Exchange, i int) int { return int(x.s.Msg.RequestedCodes()[i]) })
	f.Int("elapsed", "for how many seconds the client has been asking", func(x *Exchange) int { return int(x.s.Msg.Elapsed / 100) })
	f.Bool("rapid_commit", "whether the client asks for Rapid Commit", func(x *Exchange) bool { return x.s.Msg.RapidCommit })
	f.Bool("wants_address", "whether the message has an IA_NA", func(x *Exchange) bool { return hasIA(x, ident.NA) })
	f.Bool("wants_prefix", "whether the message has an IA_PD", func(x *Exchange) bool { return hasIA(x, ident.PD) })
	f.Ints("iaid", "the IAIDs of the message's IA_NA and IA_PD", nil,
		func(x *Exchange) int { return len(x.s.Msg.IAs) },
		func(x *Exchange, i int) int { return int(x.s.Msg.IAs[i].ID) })
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
