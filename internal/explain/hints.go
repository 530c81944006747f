package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
)

// hints names what is wrong with one exchange, what matters most first.
func (t *telling) hints() (out []api.Hint) {
	add := func(h api.Hint) { out = append(out, h) }
	t.dropHint(add)
	if t.out.Reply == "" {
		return t.withWho(out)
	}
	for i := range t.out.IAs {
		if t.assigns() {
			t.leaseHint(add, &t.out.IAs[i])
		}
	}
	t.bootHint(add)
	t.diskHint(add)
	return t.withWho(out)
}

// withWho adds what is wrong with how the client was recognised: it matters where
// something was not given, or no host was found.
func (t *telling) withWho(out []api.Hint) []api.Hint {
	if t.out.Link.Why == "" {
		return out // nobody looked at who it is
	}
	add := func(h api.Hint) { out = append(out, h) }
	t.linkHint(add)
	t.whoHint(add)
	return out
}

// assigns says whether the message asks for leases.
func (t *telling) assigns() bool {
	switch t.out.Message {
	case "solicit", "request", "renew", "rebind":
		return true
	}
	return false
}

// linkHint is about clients that are nowhere.
func (t *telling) linkHint(add func(api.Hint)) {
	if t.out.Link.Name != "" && len(t.out.Link.Prefixes) > 0 {
		return
	}
	if len(t.m.Relays) > 0 {
		_, r := t.firstRelay()
		if !r.LinkAddr.IsUnspecified() {
			add(api.Hint{Cause: "no-link", Text: fmt.Sprintf("no link of the server contains the relay's link-address %s", r.LinkAddr),
				Do: fmt.Sprintf("write the prefix of the client's link under server6.links, such as prefixes: ['%s']", netip.PrefixFrom(r.LinkAddr, 64).Masked())})
			return
		}
	}
	if t.x.Dry && t.x.Interface == 0 {
		add(api.Hint{Cause: "no-link", Text: "nothing says by which interface the message comes", Do: "say so, with a word such as interface=eth0; or describe a relay agent: relay=ADDRESS"})
		return
	}
	add(api.Hint{Cause: "no-link", Text: fmt.Sprintf("the interface %s has no prefix that clients could be on", t.interfaceName()),
		Do: "give the interface an address, or write the prefixes of the link under server6.links"})
}

// whoHint is about clients that are not known, or not believed.
func (t *telling) whoHint(add func(api.Hint)) {
	if t.out.Host != nil && t.out.Host.Trusted {
		return
	}
	if len(t.m.Relays) > 0 && slices.Contains(t.x.Cast.Sources, "relay") {
		t.relayHint(add)
	}
	if t.out.Host != nil || !t.HasHosts {
		return
	}
	switch mac := t.x.MAC; {
	case !mac.IsZero():
		add(api.Hint{Cause: "unknown-mac", Text: fmt.Sprintf("no host has the MAC %s", mac), Do: fmt.Sprintf("if it is to be known: stage6 hosts add NAME --mac %s", mac)})
	case len(t.m.ClientID) > 0:
		add(api.Hint{Cause: "unknown-client", Text: "nothing says what the client's MAC is, and no host has its DUID",
			Do: "see what each source of identity says; one that can be trusted is option 79 of the relay agent, or frame on a link of this machine"})
	}
}

// relayHint is about what the relay agent nearest the client does not say, or is not
// believed about.
func (t *telling) relayHint(add func(api.Hint)) {
	level, r := t.firstRelay()
	at := t.relayAddress(level).WithZone("")
	switch {
	case level >= t.x.Trusted:
		add(api.Hint{Cause: "relay-not-trusted", Text: fmt.Sprintf("the relay agent %s is not believed", at),
			Do: fmt.Sprintf("if clients cannot send in its name, write it under server6.relays: [%s]", at)})
	case r.MAC().IsZero():
		add(api.Hint{Cause: "no-option-79", Text: fmt.Sprintf("the relay sent no option 79 (relay agent %s)", at),
			Do: "switch on the client link-layer address option (RFC 6939) on it; dnsmasq's relay sends it, ISC's does not. Or list hosts by port, and add port to identify"})
	}
}

// leaseHint is about an identity association that got nothing, or less.
func (t *telling) leaseHint(add func(api.Hint), ia *api.ExplainedIA) {
	if len(ia.Given) > 0 && ia.Barred == nil {
		return
	}
	if b := ia.Barred; b != nil {
		add(t.barredHint(b, t.hostName()))
	}
	switch {
	case ia.Barred != nil && ia.By == "server":
	case len(ia.Given) > 0 || ia.Status == "Success" && !ia.Silent:
	case ia.Pool != nil:
		add(api.Hint{Cause: "pool-empty", Text: fmt.Sprintf("pool %s has %.0f of %.0f free", ia.Pool.Name, ia.Pool.Free, ia.Pool.Size),
			Do: "shorten the lifetimes, or enlarge the pool; stage6 leases --state all shows who has them"})
	case ia.Status == "NoBinding":
		add(api.Hint{Cause: "no-binding", Text: fmt.Sprintf("the server has no record of the client's %s", ia.Type),
			Do: "nothing: the client begins anew. If all clients do, the leases were lost, or the client was moved to another link"})
	case ia.Status == "NotOnLink":
		add(api.Hint{Cause: "not-on-link", Text: "the client names an address that is not on its link",
			Do: "nothing if the machine was moved: it asks anew. Else see whether the link has its prefixes: server6.links"})
	default:
		t.notGiven(add, ia)
	}
}

// notGiven is about what no plugin gave, with what they said of it.
func (t *telling) notGiven(add func(api.Hint), ia *api.ExplainedIA) {
	for _, n := range ia.Notes {
		add(api.Hint{Cause: "refused", Text: n.By + ": " + n.Text, Do: noteAdvice(n.Text)})
	}
	if ia.By != "server" && ia.By != "" {
		add(api.Hint{Cause: "refused", Text: fmt.Sprintf("%s refused: %s", ia.By, ia.Text), Do: refusalAdvice(ia.Text)})
		return
	}
	what := "address"
	if ia.Type == ident.PD.String() {
		what = "prefix"
	}
	if t.out.Link.Name == "" || len(ia.Notes) > 0 {
		return
	}
	skipped := t.unmatchedLeasers()
	text := fmt.Sprintf("no plugin has %s %s for a client at stage %s on link %s", article(what), what, t.out.Stage.Stage, t.out.Link.Name)
	if skipped != "" {
		text += "; left out were " + skipped
	}
	for _, s := range t.out.Steps {
		if isLeaser(&s) && len(s.Notes) > 0 {
			text += fmt.Sprintf("; %s: %s", s.Name, s.Notes[0])
		}
	}
	if what == "prefix" {
		add(api.Hint{Cause: "no-prefix", Text: text, Do: "most clients ask for one and do without; to delegate some, add the plugin prefix"})
		return
	}
	add(api.Hint{Cause: "not-offered", Text: text, Do: "add a pool whose range is in a prefix of that link, or give the host an address there; stage6 check warns of pools on no link"})
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an"
	}
	return "a"
}

// leasers are the plugins that give addresses and prefixes.
var leasers = []string{"pool", "deploy", "prefix", "final", "hosts", "file"}

// unmatchedLeasers names those whose condition did not hold.
func (t *telling) unmatchedLeasers() string {
	var names []string
	for _, s := range t.out.Steps {
		if s.Did == "unmatched" && isLeaser(&s) {
			names = append(names, fmt.Sprintf("%s (when %s)", s.Name, s.When))
		}
	}
	return strings.Join(names, " and ")
}

func isLeaser(s *api.ExplainedStep) bool { return slices.Contains(leasers, cmp.Or(s.Plugin, s.Name)) }

// noteAdvice says what to do about what a plugin of ours says of an identity
// association that it gives nothing to.
func noteAdvice(text string) string {
	for part, do := range map[string]string{
		"per_host":        "wait until what it has runs out, or set per_host higher",
		"per_sender":      "if it is one machine, see why it is so many clients; else set per_sender higher, or let a trusted source of identity tell the clients apart",
		"kept for known":  "enlarge the range, or add the machine: stage6 hosts add",
		"on the client's": "give the plugin a range in a prefix of the client's link; stage6 check warns of ranges on no link",
	} {
		if strings.Contains(text, part) {
			return do
		}
	}
	return ""
}

// refusalAdvice says what to do about a refusal of a plugin of ours, by its text.
func refusalAdvice(text string) string {
	for part, do := range map[string]string{
		"is locked": "to let the machine's new system have it: stage6 installed NAME",
		"another installed system of the same machine": "two systems of one machine ask for its address: switch one off, or give it a MAC of its own",
		"nothing that can be trusted says":             "see what each source of identity says; or tell the DUID of its system: stage6 hosts pin NAME DUID",
		"another machine has leases under this DUID":   "two machines have one DUID, such as by a copied image: have one make a new DUID",
		"found in use on the link":                     "find who uses the address on the link without having it leased, with ip -6 neigh or a scan",
	} {
		if strings.Contains(text, part) {
			return do
		}
	}
	return ""
}

// barredHint is about an address that another client has, maybe one of the same host.
func (s *Surroundings) barredHint(b *api.ExplainedHolder, of string) api.Hint {
	h := api.Hint{Cause: "held", Text: Shown(b.Prefix) + " is held by " + HolderName(b)}
	switch {
	case b.DUID == "":
		h.Cause, h.Text = "offered", Shown(b.Prefix)+" is offered to another client"
		h.Do = "nothing: an offer that is not taken is forgotten within a minute"
		return h
	case b.State == "declined":
		h.Cause, h.Text = "declined", fmt.Sprintf("%s was found in use on the link and rests", Shown(b.Prefix))
		h.Do = "find who uses it without having it leased"
	case b.State == "released":
		h.Cause, h.Text = "resting", fmt.Sprintf("%s was given back by %s and rests", Shown(b.Prefix), HolderName(b))
		h.Do = "wait, or shorten the quarantine"
	case b.Host != "" && b.Host == of:
		h.Text = fmt.Sprintf("%s is held by another client of %s, %s,", Shown(b.Prefix), of, b.DUID)
	default:
		h.Do = fmt.Sprintf("if it is to be free: stage6 leases release %s", Shown(b.Prefix))
	}
	if !b.Until.IsZero() {
		h.Text += " until " + s.clock(b.Until)
	}
	return h
}

func (t *telling) hostName() string {
	if t.out.Host == nil {
		return ""
	}
	return t.out.Host.Name
}

// HolderName names who has something.
func HolderName(b *api.ExplainedHolder) string {
	switch {
	case b.Host != "":
		return b.Host
	case !b.MAC.IsZero():
		return b.MAC.String()
	case b.DUID != "":
		return b.DUID.String()
	}
	return "another client"
}

// Shown leaves the length of an address out.
func Shown(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// bootHint is about clients that boot and get nothing to boot, or what they cannot
// load.
func (t *telling) bootHint(add func(api.Hint)) {
	const code = uint16(dhcpv6.OptionBootfileURL)
	i := slices.IndexFunc(t.out.Options, func(o api.ExplainedOption) bool { return o.Code == code })
	boots := t.out.Client.Program == uefiPXE || t.out.Client.Program == uefiHTTP || t.out.Client.Program == ipxe
	switch {
	case i < 0:
		return
	case t.out.Options[i].Sent:
		t.urlHint(add, strings.Trim(t.out.Options[i].Value, `"`))
	case t.out.Options[i].By == "" && boots:
		add(api.Hint{Cause: "no-boot-file", Text: fmt.Sprintf("the client asked for 59 (boot file), and no plugin has one for %s at stage %s%s", t.out.Client.Program, t.out.Stage.Stage, t.arch()),
			Do: "add an entry to boot that matches: stage6 explain shows stage and architecture"})
	case t.out.Options[i].By == "":
	case strings.Contains(t.out.Options[i].Why, "did not ask"):
		add(api.Hint{Cause: "not-asked", Text: fmt.Sprintf("the client did not ask for 59 (boot file), which %s has for it", t.out.Options[i].By),
			Do: "most such clients are no boot clients and need none; for one that is and does not say so, write server6.always: [bootfile_url]"})
	case strings.Contains(t.out.Options[i].Why, "never"):
		add(api.Hint{Cause: "never", Text: "59 (boot file) was not sent: server6.never says so", Do: "take it out of server6.never"})
	}
}

func (t *telling) arch() string {
	if len(t.out.Client.Archs) == 0 {
		return ""
	}
	return " of architecture " + strings.Join(t.out.Client.Archs, ", ")
}

// urlHint is about a boot file that the client cannot load.
func (t *telling) urlHint(add func(api.Hint), text string) {
	u, err := url.Parse(text)
	if err != nil {
		return
	}
	host := u.Hostname()
	_, notLiteral := netip.ParseAddr(host)
	switch {
	case t.out.Client.Program == uefiPXE && (u.Scheme != "tftp" || notLiteral != nil || u.Port() != "" || u.User != nil):
		add(api.Hint{Cause: "bad-url", Text: fmt.Sprintf("PXE firmware cannot load %s", text), Do: "give it tftp://[ADDRESS]/FILE, with a literal address and nothing else"})
	case t.out.Client.Program == uefiHTTP && u.Scheme != "http" && u.Scheme != "https":
		add(api.Hint{Cause: "bad-url", Text: fmt.Sprintf("HTTP firmware cannot load %s", text), Do: "give it http:// or https://: an entry of boot with method: http"})
	case t.out.Client.Program == ipxe && strings.HasSuffix(u.Path, ".efi") && strings.Contains(u.Path, "ipxe") || t.out.Client.Program == ipxe && strings.HasSuffix(u.Path, "snponly.efi"):
		add(api.Hint{Cause: "loader-loop", Text: fmt.Sprintf("iPXE is told to load %s, which looks like iPXE itself: it would go on for ever", text), Do: "give the stage loader an entry of its own before those by architecture"})
	}
	if notLiteral != nil && !slices.ContainsFunc(t.out.Options, func(o api.ExplainedOption) bool { return o.Code == 23 && o.Sent }) {
		add(api.Hint{Cause: "no-dns", Text: fmt.Sprintf("the boot file is at the name %s, and the client is told no DNS server", host), Do: "add the plugin dns, or write an address into the URL"})
	}
}

// slowDisk is how long a lease may take to be durable before that is worth a hint.
const slowDisk = time.Second

func (t *telling) diskHint(add func(api.Hint)) {
	if d := t.x.Disk.After; d >= slowDisk {
		add(api.Hint{Cause: "slow-disk", Text: fmt.Sprintf("the reply waited %v for the disk", d.Round(time.Millisecond)), Do: "look at what else uses the disk of the leases"})
	}
}
