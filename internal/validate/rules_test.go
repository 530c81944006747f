package validate

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answerCase is a message, an answer to it, and the rules that the answer breaks.
type answerCase struct {
	name      string
	sent, got []byte
	breaks    []string // the beginnings of what those rules say; nil: none
}

// answerCases has, for each rule, answers that keep it and answers that break it.
func answerCases() []answerCase {
	return slices.Concat(headerCases(), optionCases(), associationCases(), leaseCases(), statusCases(), valueCases())
}

func headerCases() []answerCase {
	solicited := msg(solicit, client, asks(), na(1))
	requested := msg(request, client, server, na(1))
	return []answerCase{
		{"an Advertise answers a Solicit", solicited, msg(advertise, client, server, na(1, address)), nil},
		{"a Reply answers a Request", requested, msg(reply, client, server, na(1, address)), nil},
		{"an Advertise answers a Request", requested, msg(advertise, client, server, na(1, address)), []string{"an answer is of the type"}},
		{"a Reconfigure answers a Request", requested, msg(10, client, server, na(1, address)), []string{"an answer is of the type"}},
		{"a server's message is answered", msg(advertise, client, server), msg(reply, client, server), []string{"an answer is of the type"}},
		{"another transaction is answered", solicited, append([]byte{advertise, 9, 9, 9}, octets(client, server, na(1, address))...), []string{"an answer has the message's transaction ID"}},
		{"the client's identifier is cut", solicited, msg(advertise, opt(clientID, uint16(4), "0123456789abcde"), server, na(1, address)), []string{"an answer has the client's identifier", readable}},
		{"the client's identifier is missing", solicited, msg(advertise, server, na(1, address)), []string{"an answer has the client's identifier"}},
		{"a client identifier is made up", msg(informationRequest, asks()), msg(reply, client, server), []string{"an answer has the client's identifier"}},
		{"nobody is told who nobody is", msg(informationRequest, asks()), msg(reply, server), nil},
		{"no server identifier", solicited, msg(advertise, client, na(1, address)), []string{"an answer has one server identifier"}},
		{"two server identifiers", solicited, msg(advertise, client, server, other, na(1, address)), []string{"an answer has one server identifier", "an option stands once"}},
		{"a server's DUID of a type only", solicited, msg(advertise, client, opt(serverID, uint16(3)), na(1, address)), []string{"a DUID has a type", readable}},
		{"a server's DUID of 131 octets", solicited, msg(advertise, client, opt(serverID, uint16(4), strings.Repeat("x", 129)), na(1, address)), []string{"a DUID has a type", readable}},
		{"another server answers a Request", requested, msg(reply, client, other, na(1, address)), []string{"only the server that a message names"}},
		{"any server answers a Rebind", msg(rebind, client, na(1)), msg(reply, client, other, na(1, address)), nil},
	}
}

func optionCases() []answerCase {
	solicited := msg(solicit, client, asks(dnsServers, vendorOpts, solMaxRT), na(1))
	offer := func(options ...[]byte) []byte {
		return msg(advertise, append([][]byte{client, server, na(1, address)}, options...)...)
	}
	dns := opt(dnsServers, mustAddr("2001:db8::53"))
	vendor := func(enterprise uint32) []byte { return opt(vendorOpts, enterprise, uint16(1), uint16(1), "x") }
	rapid := opt(rapidCommit)
	http := opt(vendorClass, uint32(343), uint16(10), "HTTPClient")
	return []answerCase{
		{"an option twice", solicited, offer(dns, dns), []string{"an option stands once"}},
		{"vendor options of two enterprises", solicited, offer(vendor(9), vendor(10)), nil},
		{"vendor options of one enterprise twice", solicited, offer(vendor(9), vendor(9)), []string{"vendor options stand once"}},
		{"vendor options of no enterprise", solicited, offer(opt(vendorOpts, "xx")), []string{"vendor options stand once", readable}},
		{"an address outside of an IA", solicited, offer(address), []string{"an option stands where it belongs"}},
		{"a relay agent's option", solicited, offer(opt(interfaceID, "port")), []string{"an option stands where it belongs"}},
		{"an Option Request of a server", solicited, offer(asks(dnsServers)), []string{"an option stands where it belongs"}},
		{"Reconfigure Accept to who does not", solicited, offer(opt(reconfAccept)), []string{"an option stands where it belongs"}},
		{"Reconfigure Accept to who does", msg(solicit, client, na(1), opt(reconfAccept)), offer(opt(reconfAccept)), nil},
		{"an IA_TA", msg(solicit, client, na(1), opt(iaTA, uint32(1))), offer(opt(iaTA, uint32(1))), []string{"options that are obsolete"}},
		{"Server Unicast", solicited, offer(opt(unicast, mustAddr("2001:db8::2"))), []string{"options that are obsolete"}},
		{"an option that was asked for", solicited, offer(dns), nil},
		{"an option that nobody asked for", solicited, offer(opt(domainList, "\x01x\x00")), []string{"an option is sent only"}},
		{"the class of who boots by HTTP", msg(solicit, client, http, na(1)), offer(http), nil},
		{"a class to who does not boot by HTTP", solicited, offer(http), []string{"an option is sent only"}},
		{"a preference", solicited, offer(opt(preference, uint8(255))), nil},
		{"a preference of two octets", solicited, offer(opt(preference, uint16(255))), []string{"a preference is one octet", readable}},
		{"a preference in a Reply", msg(request, client, server, na(1)), msg(reply, client, server, na(1, address), opt(preference, uint8(1))), []string{"a preference is one octet"}},
		{"Rapid Commit as asked for", msg(solicit, client, rapid, na(1)), msg(reply, client, server, rapid, na(1, address)), nil},
		{"Rapid Commit not asked for", solicited, msg(reply, client, server, rapid, na(1, address)), []string{"a Solicit is answered by a Reply if"}},
		{"a Reply to a Solicit without Rapid Commit", msg(solicit, client, rapid, na(1)), msg(reply, client, server, na(1, address)), []string{"a Solicit is answered by a Reply if"}},
		{"Rapid Commit in an Advertise", msg(solicit, client, rapid, na(1)), offer(rapid), []string{"a Solicit is answered by a Reply if"}},
		{"Rapid Commit with something in it", msg(solicit, client, rapid, na(1)), msg(reply, client, server, opt(rapidCommit, "x"), na(1, address)), []string{"a Solicit is answered by a Reply if"}},
	}
}

func associationCases() []answerCase {
	both := msg(solicit, client, na(1), pd(1))
	offer := func(options ...[]byte) []byte { return msg(advertise, append([][]byte{client, server}, options...)...) }
	one := func(options ...[]byte) []byte { return offer(append(options, pd(1, block))...) }
	none := ia(iaPD, 1, 0, 0, state(noPrefixAvail))
	return []answerCase{
		{"both IAs have something", both, offer(na(1, address), pd(1, block)), nil},
		{"an IA of a few octets", both, one(opt(iaNA, uint32(1))), []string{"an IA has an IAID", "each IA of a Solicit", readable}},
		{"an IA whose options break off", both, one(opt(iaNA, uint32(1), uint32(0), uint32(0), "\x00\x05\x00\x18x")), []string{"an IA has an IAID", "each IA of a Solicit", readable}},
		{"a prefix in an IA_NA", both, one(na(1, prefix("2001:db8:f100::/56", 3600, 7200))), []string{"an IA has an IAID"}},
		{"an address in an IA_PD", both, offer(na(1, address), pd(1, addr("2001:db8::9", 3600, 7200))), []string{"an IA has an IAID"}},
		{"DNS servers in an IA", both, one(na(1, address, opt(dnsServers, mustAddr("2001:db8::53")))), []string{"an IA has an IAID"}},
		{"an IA of somebody else's", both, one(na(1, address), na(2, addr("2001:db8::2", 3600, 7200))), []string{"an answer has no IA but"}},
		{"an IA twice", both, one(na(1, address), na(1, addr("2001:db8::2", 3600, 7200))), []string{"an IA stands once"}},
		{"an IA without an answer", both, one(), []string{"each IA of a Solicit"}},
		{"an IA of a Renew without an answer", msg(renew, client, server, na(1), pd(1)), msg(reply, client, server, pd(1, block)), []string{"each IA of a Solicit"}},
		{"an IA of a Rebind without an answer", msg(rebind, client, na(1), pd(1)), msg(reply, client, server, pd(1, block)), nil},
		{"an IA for a Confirm", msg(confirm, client, na(1, address)), msg(reply, client, server, state(success), na(1, address)), []string{"the Reply to a Confirm"}},
		{"an IA for options only", msg(informationRequest, client), msg(reply, client, server, na(1, address)), []string{"an answer has no IA but", "the Reply to a Confirm"}},
		{"a Release of what is not there", msg(release, client, server, na(1, address)), msg(reply, client, server, state(success), ia(iaNA, 1, 0, 0, state(noBinding))), nil},
		{"a Release gives a lease", msg(release, client, server, na(1, address)), msg(reply, client, server, state(success), na(1, address)), []string{"an IA in the Reply to a Release"}},
		{"a Decline is told a lease", msg(decline, client, server, na(1, address)), msg(reply, client, server, state(success), ia(iaNA, 1, 0, 0, gone, state(noBinding))), []string{"an IA in the Reply to a Release"}},
		{"T1 after T2", both, offer(ia(iaNA, 1, 2881, 2880, address), ia(iaPD, 1, 2881, 2880, block)), []string{"T1 is not greater than T2", "T1 is not greater than T2"}},
		{"times that are the client's to choose", both, offer(ia(iaNA, 1, 0, 0, address), ia(iaPD, 1, 0, 0, block)), nil},
		{"T1 without a T2", both, offer(ia(iaNA, 1, 100, 0, address), ia(iaPD, 1, 100, 0, block)), nil},
		{"times of one IA and of another", both, offer(ia(iaNA, 1, 1800, 2880, address), ia(iaPD, 1, 1000, 2880, block)), []string{"T1 and T2 are the same"}},
		{"an IA without a lease has no times", both, offer(na(1, address), none), nil},
		{"T2 after a lease is preferred", both, one(na(1, addr("2001:db8::1", 2879, 7200))), []string{"T1 and T2 are before", "T1 and T2 are before"}},
		{"times for ever", msg(solicit, client, na(1)), offer(ia(iaNA, 1, 0xffffffff, 0xffffffff, addr("2001:db8::1", 0xffffffff, 0xffffffff))), nil},
		{"times for ever of a lease that ends", msg(solicit, client, na(1)), offer(ia(iaNA, 1, 0xffffffff, 0xffffffff, address)), []string{"T1 and T2 are before"}},
		{"a lease that is no longer preferred", msg(renew, client, server, na(1)), msg(reply, client, server, na(1, addr("2001:db8::1", 0, 100))), nil},
		{"nothing and no reason", both, offer(na(1), none), []string{"an IA without a lease"}},
		{"nothing with Success", both, offer(na(1, state(success)), none), []string{"an IA without a lease"}},
		{"a lease with a refusal", both, one(na(1, address, state(noAddrsAvail))), []string{"an IA that is refused"}},
		{"a lease that ends with a refusal", msg(renew, client, server, na(1)), msg(reply, client, server, na(1, gone, state(noBinding))), nil},
	}
}

func leaseCases() []answerCase {
	asked := msg(request, client, server, asks(pdExclude), na(1), pd(1))
	got := func(of, to []byte) []byte { return msg(reply, client, server, na(1, of), pd(1, to)) }
	exclude := func(data ...any) []byte { return prefix("2001:db8:f000::/56", 3600, 7200, opt(pdExclude, data...)) }
	return []answerCase{
		{"an address of a few octets", asked, got(opt(iaAddr, uint32(1)), block), []string{"an address or prefix has lifetimes", "an IA without a lease", readable}},
		{"a prefix of 129 bits", asked, got(address, opt(iaPrefix, uint32(3600), uint32(7200), uint8(129), mustAddr("2001:db8::"))), []string{"an address or prefix has lifetimes", "an IA without a lease"}},
		{"options of an address that break off", asked, got(addr("2001:db8::1", 3600, 7200, []byte("x")), block), []string{"an address or prefix has lifetimes", "an IA without a lease", readable}},
		{"an option beside an address", asked, got(addr("2001:db8::1", 3600, 7200, opt(dnsServers, mustAddr("2001:db8::53"))), block), []string{"an address or prefix has lifetimes"}},
		{"preferred for longer than valid", asked, got(addr("2001:db8::1", 7201, 7200), block), []string{"the preferred lifetime"}},
		{"preferred for as long as valid", asked, got(addr("2001:db8::1", 7200, 7200), block), nil},
		{"what is given is over", asked, got(gone, block), []string{"what is given anew lives"}},
		{"what is renewed is over", msg(renew, client, server, na(1)), msg(reply, client, server, na(1, gone, addr("2001:db8::2", 3600, 7200))), nil},
		{"the address of nobody", asked, got(addr("::", 3600, 7200), block), []string{"an address is one that a host can have"}},
		{"a link-local address", asked, got(addr("fe80::1", 3600, 7200), block), []string{"an address is one that a host can have"}},
		{"the address of a group", asked, got(addr("ff02::1", 3600, 7200), block), []string{"an address is one that a host can have"}},
		{"the address of oneself", asked, got(addr("::1", 3600, 7200), block), []string{"an address is one that a host can have"}},
		{"a prefix of no length", asked, got(address, prefix("::/0", 3600, 7200)), []string{"a prefix is one that can be delegated"}},
		{"a prefix with bits behind it", asked, got(address, prefix("2001:db8:f000::1/56", 3600, 7200)), []string{"a prefix is one that can be delegated"}},
		{"a link-local prefix", asked, got(address, prefix("fe80::/64", 3600, 7200)), []string{"a prefix is one that can be delegated"}},
		{"one address in two IAs", msg(request, client, server, na(1), na(2)), msg(reply, client, server, na(1, address), na(2, address)), []string{"an address or prefix stands once"}},
		{"a part of the prefix is excluded", asked, got(address, exclude(uint8(64), uint8(1))), nil},
		{"more than the prefix is excluded", asked, got(address, exclude(uint8(56), uint8(1))), []string{"an excluded prefix"}},
		{"nothing is excluded", asked, got(address, exclude(uint8(64))), []string{"an excluded prefix"}},
		{"it is excluded unasked", msg(request, client, server, na(1), pd(1)), got(address, exclude(uint8(64), uint8(1))), []string{"an excluded prefix"}},
	}
}

func statusCases() []answerCase {
	asked := msg(request, client, server, na(1), pd(1))
	confirmed := msg(confirm, client, na(1, address))
	released := msg(release, client, server, na(1, address))
	renewed := msg(renew, client, server, na(1), pd(1))
	none := func(kind, code uint16) []byte { return ia(kind, 1, 0, 0, state(code)) }
	return []answerCase{
		{"a text with a zero at its end", confirmed, msg(reply, client, server, opt(statusCode, uint16(success), "yes\x00")), []string{"a status has a code"}},
		{"a text that is no UTF-8", confirmed, msg(reply, client, server, opt(statusCode, uint16(success), "\xff")), []string{"a status has a code"}},
		{"half a status", confirmed, msg(reply, client, server, opt(statusCode, "x")), []string{"a status has a code", "the Reply to a Confirm, Release or Decline", readable}},
		{"two statuses of one IA", asked, msg(reply, client, server, ia(iaNA, 1, 0, 0, state(noAddrsAvail), state(noAddrsAvail)), pd(1, block)), []string{"a status has a code"}},
		{"a Confirm without a word", confirmed, msg(reply, client, server), []string{"the Reply to a Confirm, Release or Decline"}},
		{"a Release without a word", released, msg(reply, client, server), []string{"the Reply to a Confirm, Release or Decline"}},
		{"a Confirm from another link", confirmed, msg(reply, client, server, state(notOnLink)), nil},
		{"a Confirm of no binding", confirmed, msg(reply, client, server, state(noBinding)), []string{"a status of the whole answer"}},
		{"a Release that fails", released, msg(reply, client, server, state(unspecFail)), []string{"a status of the whole answer"}},
		{"all addresses are gone, as a whole", asked, msg(reply, client, server, state(noAddrsAvail), na(1, address), pd(1, block)), []string{"a status of the whole answer"}},
		{"a whole answer that fails", asked, msg(reply, client, server, state(unspecFail), na(1, address), pd(1, block)), nil},
		{"UseMulticast", asked, msg(reply, client, server, state(5), na(1, address), pd(1, block)), []string{"a status of the whole answer"}},
		{"no address and no prefix", asked, msg(reply, client, server, none(iaNA, noAddrsAvail), none(iaPD, noPrefixAvail)), nil},
		{"NoPrefixAvail for an address", asked, msg(reply, client, server, none(iaNA, noPrefixAvail), none(iaPD, noPrefixAvail)), []string{"a status in an IA"}},
		{"NoAddrsAvail for a prefix", asked, msg(reply, client, server, none(iaNA, noAddrsAvail), none(iaPD, noAddrsAvail)), []string{"a status in an IA"}},
		{"NotOnLink of an address", asked, msg(reply, client, server, none(iaNA, notOnLink), pd(1, block)), nil},
		{"NotOnLink of a prefix", asked, msg(reply, client, server, na(1, address), none(iaPD, notOnLink)), []string{"a status in an IA"}},
		{"NoBinding for a Request", asked, msg(reply, client, server, none(iaNA, noBinding), pd(1, block)), []string{"a status in an IA"}},
		{"NoBinding for a Renew", renewed, msg(reply, client, server, none(iaNA, noBinding), none(iaPD, noBinding)), nil},
		{"NotOnLink for a Renew", renewed, msg(reply, client, server, none(iaNA, notOnLink), pd(1, block)), []string{"a status in an IA"}},
		{"a status of an address", asked, msg(reply, client, server, na(1, addr("2001:db8::1", 3600, 7200, state(success))), pd(1, block)), nil},
		{"an address that is not available", asked, msg(reply, client, server, na(1, addr("2001:db8::1", 3600, 7200, state(noAddrsAvail))), pd(1, block)), []string{"a status beside an address"}},
	}
}

func valueCases() []answerCase {
	asked := msg(informationRequest, client, asks(dnsServers, domainList, sntpServers, refreshTime, bootFileURL, solMaxRT, infMaxRT))
	got := func(options ...[]byte) []byte { return msg(reply, append([][]byte{client, server}, options...)...) }
	return []answerCase{
		{"times of a day and a minute", asked, got(opt(solMaxRT, uint32(86400)), opt(infMaxRT, uint32(60))), nil},
		{"a time of more than a day", asked, got(opt(solMaxRT, uint32(86401))), []string{"SOL_MAX_RT and INF_MAX_RT"}},
		{"a time of less than a minute", asked, got(opt(infMaxRT, uint32(59))), []string{"SOL_MAX_RT and INF_MAX_RT"}},
		{"a time of two octets", asked, got(opt(infMaxRT, uint16(60))), []string{"SOL_MAX_RT and INF_MAX_RT"}},
		{"a refresh time", asked, got(opt(refreshTime, uint32(600))), nil},
		{"a refresh time of less than ten minutes", asked, got(opt(refreshTime, uint32(599))), []string{"an Information Refresh Time"}},
		{"a refresh time with a lease", msg(request, client, server, asks(refreshTime), na(1)), got(na(1, address), opt(refreshTime, uint32(600))), []string{"an Information Refresh Time"}},
		{"servers", asked, got(opt(dnsServers, mustAddr("2001:db8::53")), opt(sntpServers, mustAddr("2001:db8::123"))), nil},
		{"no server", asked, got(opt(dnsServers)), []string{"a list of servers"}},
		{"half a server", asked, got(opt(sntpServers, "12345678")), []string{"a list of servers", readable}},
		{"domains", asked, got(opt(domainList, "\x07example\x03net\x00\x03lab\x00")), nil},
		{"no domain", asked, got(opt(domainList)), []string{"a list of domains"}},
		{"the domain of all domains", asked, got(opt(domainList, "\x00")), []string{"a list of domains"}},
		{"a domain without an end", asked, got(opt(domainList, "\x03lab")), []string{"a list of domains"}},
		{"a domain that breaks off", asked, got(opt(domainList, "\x07lab\x00")), []string{"a list of domains", readable}},
		{"a domain that is compressed", asked, got(opt(domainList, "\x03lab\x00\xc0\x00")), []string{"a list of domains"}},
		{"a boot file", asked, got(opt(bootFileURL, "tftp://[2001:db8::2]/x")), nil},
		{"no boot file", asked, got(opt(bootFileURL)), []string{"a boot file has a URL"}},
	}
}

func TestAnAnswerIsHeldAgainstEachRule(t *testing.T) {
	for _, c := range answerCases() {
		t.Run(c.name, func(t *testing.T) {
			compare(t, c.breaks, Checker{}.Answer(c.sent, c.got))
		})
	}
}

// compare wants rules to be broken, and no others.
func compare(t *testing.T, want []string, got []Violation) {
	t.Helper()
	var broken []string
	for _, v := range got {
		says := v.Says
		if i := slices.IndexFunc(want, func(begins string) bool { return strings.HasPrefix(says, begins) }); i >= 0 {
			says = want[i]
		}
		broken = append(broken, says)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(broken))); diff != "" {
		t.Errorf("broken rules (-want +got):\n%s\n%v", diff, got)
	}
}

// TestEachRuleIsBrokenByACase, and none is without one.
func TestEachRuleIsBrokenByACase(t *testing.T) {
	var answers []string
	for _, c := range answerCases() {
		answers = append(answers, c.breaks...)
	}
	for _, r := range rules() {
		wantBroken(t, r.says, answers)
	}
	var levels []string
	for _, c := range relayCases() {
		levels = append(levels, c.breaks...)
	}
	for _, r := range relayRules() {
		wantBroken(t, r.says, levels)
	}
	t.Logf("%d rules of answers, %d of levels", len(rules())+1, len(relayRules()))
}

func wantBroken(t *testing.T, says string, broken []string) {
	t.Helper()
	if !slices.ContainsFunc(broken, func(begins string) bool { return strings.HasPrefix(says, begins) }) {
		t.Errorf("no case breaks the rule that %s", says)
	}
}
