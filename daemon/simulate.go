package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/impair"
	"github.com/stage6/stage6/internal/simulate"
	"github.com/stage6/stage6/internal/validate"
	"github.com/stage6/stage6/stage"
)

// simulateFlags are those of simulate, as they are written.
type simulateFlags struct {
	link, relay, server         string // where the server is
	interfaceID, remoteID       string
	clientMAC, oddPort          bool
	mac, uuid, profile          string // who the machines are
	report                      string // whom installers tell that they are done
	userClass                   map[string]string
	machines, atOnce, tries     int
	rate                        string
	wait                        time.Duration
	seed                        uint64
	realTime, json, quiet, list bool
	loss, duplicate, reorder    string // shares, such as 5%
	delay                       time.Duration
	check                       bool
	unasked                     []uint
}

func (p *program) simulateCommand() *cobra.Command {
	f := &simulateFlags{}
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Let machines boot against a DHCPv6 server",
		Long: `Let one machine boot through firmware, loader, installer and installed system,
and tell it step by step; or many at a rate, with a table of what came of them.
Each of those is the DHCPv6 client that the real program is: its messages are
those of the program, option by option, and so are DUIDs, IAIDs and what it makes
of an answer. When a real client would not go on with an answer, the simulated
one does not either, and says why.

The server can be any. It is reached in one of two ways:

  --interface eth0            on the link, from the link-local address and port
                              546 of this computer. All machines share that
                              address: a server that takes a client's MAC from
                              its address or its frame sees only this computer.
  --relay ADDR --server ADDR  as a relay agent, --relay being the link-address.
                              Each machine has a link-local address of its own,
                              and its MAC is told in option 79.

--profile says which clients a machine is: with a comma between those that follow
each other, and a plus sign between those that run at the same time (--list lists
them). Firmware releases its addresses before the next stage; iPXE never does.

No time is taken, unless --real-time: then the programs wait for offers, load and
repeat as long as the real ones.

Every answer, also one that is late or comes twice, is held against the rules of
RFC 9915 and those of the options in it, and each breach is told with the rule.
With --unasked some options may be sent to who did not ask for them, as servers can
be configured to do; with --check=false nothing is checked, which costs less.

--loss, --duplicate, --reorder and --delay make the network worse than it is, in
both directions; with the same --seed in the same way.

Exit codes: 0 all machines booted, nothing was given twice and no answer broke a
rule; 1 otherwise; 2 the command line is wrong. Ctrl-C ends with the table so far.`,
		Example: `  stage6 simulate --interface eth0
  stage6 simulate --interface eth0 --mac 52:54:00:aa:bb:01 --profile uefi-http,ipxe,networkd --real-time
  stage6 simulate --relay 2001:db8:10::1 --server 2001:db8::547 --interface-id 'port of ${mac}'
  stage6 simulate --interface eth0 --profile ipxe,live,networkd --report 'http://[2001:db8:10::2]:8067'
  stage6 simulate --relay 2001:db8:10::1 --server 2001:db8::547 --machines 1000 --rate 200/s
  stage6 simulate --interface eth0 --loss 5% --duplicate 2% --reorder 5% --delay 200ms`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := firstSignal(c.Context())
			defer stop()
			return p.simulate(ctx, f)
		},
	}
	f.add(c)
	return c
}

func (f *simulateFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.link, "interface", "", "be on the link of this `interface`")
	flags.StringVar(&f.relay, "relay", "", "be a relay agent with this link-`address`")
	flags.StringVar(&f.server, "server", "", "the server's `address`, with --relay; [ADDRESS]:PORT for another port than 547")
	flags.StringVar(&f.interfaceID, "interface-id", "", "`text` of the relay agent's option 18; ${mac} is the machine's MAC")
	flags.StringVar(&f.remoteID, "remote-id", "", "`ENTERPRISE:TEXT` of the relay agent's option 37; ${mac} is the machine's MAC")
	flags.BoolVar(&f.clientMAC, "client-mac", true, "let the relay agent tell the machine's MAC in option 79")
	flags.BoolVar(&f.oddPort, "odd-port", false, "let the relay agent send from any port, with option 135, which needs no rights")
	flags.StringVar(&f.mac, "mac", "", "the `MAC` of the machine, or of the first one (default that of the interface, or 52:54:00:00:00:01)")
	flags.StringVar(&f.uuid, "uuid", "", "the `UUID` of the machine (default one that follows from the MAC)")
	flags.StringVar(&f.profile, "profile", simulate.DefaultPlan, "the `clients` that a machine is, as --list names them")
	flags.StringToStringVar(&f.userClass, "user-class", nil, "`PROFILE=CLASS`: the user class that a client sends")
	flags.Lookup("user-class").DefValue = "" // help shows that of an empty map otherwise
	flags.IntVar(&f.machines, "machines", 1, "how many: this `number`, with MACs that follow each other")
	flags.StringVar(&f.rate, "rate", "", "switch machines on at this `rate`, such as 200/s (default as fast as they boot)")
	flags.IntVar(&f.atOnce, "at-once", 0, "at most this `number` of machines boot at the same time (default 100 without --rate, else no bound)")
	flags.IntVar(&f.tries, "tries", 0, "a message is sent this `number` of times (default 4)")
	flags.DurationVar(&f.wait, "wait", 0, "after this `duration`, such as 500ms, a message is sent again; then twice that, and so on (default 1s)")
	flags.Uint64Var(&f.seed, "seed", 0, "`number` that IAIDs and the like follow from, for the same ones again (default another each time)")
	flags.StringVar(&f.report, "report", "", "have installers say to the stage6 at this `URL` that they are done, with the token in the URL of their loader")
	flags.StringVar(&f.loss, "loss", "", "lose this `share` of all datagrams, such as 5%, of either direction")
	flags.StringVar(&f.duplicate, "duplicate", "", "have this `share` of them come twice")
	flags.StringVar(&f.reorder, "reorder", "", "have this `share` of them overtaken by later ones")
	flags.DurationVar(&f.delay, "delay", 0, "have every one be late, by any time up to this `duration`, such as 200ms")
	flags.BoolVar(&f.check, "check", true, "hold every answer against the rules of RFC 9915")
	flags.UintSliceVar(&f.unasked, "unasked", nil, "`codes` of options that the server is configured to send unasked, such as 59,23")
	flags.Lookup("unasked").DefValue = ""
	flags.BoolVar(&f.realTime, "real-time", false, "take the times that real programs take")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress on standard error")
	flags.BoolVar(&f.list, "list", false, "list the clients, and do nothing else")
	_ = c.RegisterFlagCompletionFunc("profile", completeProfile)
	_ = c.RegisterFlagCompletionFunc("interface", completeInterface)
}

// completeProfile completes the last client of a plan.
func completeProfile(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
	begun := text[:strings.LastIndexAny(text, ",+")+1]
	var out []string
	for _, p := range simulate.Profiles() {
		out = append(out, begun+p.Name+"\t"+p.Title)
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// simulation is what the flags say.
type simulation struct {
	flags *simulateFlags
	crowd simulate.Crowd
	uuid  simulate.UUID
	rules *validate.Checker // nil: answers are not held against any
	bad   impair.Rates      // how much worse than it is the network is made
}

func (p *program) simulate(ctx context.Context, f *simulateFlags) error {
	if f.list {
		return p.listProfiles()
	}
	s, err := f.parse()
	if err != nil {
		return &usageError{err}
	}
	dial, err := f.dialer()
	if err != nil {
		return &usageError{err}
	}
	if err := p.chooseMAC(s); err != nil {
		return err
	}
	if s.crowd.Boot.Carrier, err = dial(ctx); err != nil {
		return err
	}
	defer s.crowd.Boot.Carrier.Close()
	s.crowd.Boot.Carrier.Check(s.rules)
	if s.bad != (impair.Rates{}) {
		s.crowd.Boot.Carrier.Impair(s.bad, s.crowd.Random)
	}
	if f.machines == 1 {
		return p.simulateOne(ctx, s)
	}
	return p.simulateMany(ctx, s)
}

// parse reads what does not depend on this computer.
func (f *simulateFlags) parse() (*simulation, error) {
	s := &simulation{flags: f}
	plan, err := simulate.ParsePlan(f.profile)
	if err != nil {
		return nil, err
	}
	if err := f.checkNumbers(); err != nil {
		return nil, err
	}
	if err := f.checkUserClasses(plan); err != nil {
		return nil, err
	}
	rate, err := parseRate(f.rate)
	if err != nil {
		return nil, err
	}
	if err := f.parseMachine(s); err != nil {
		return nil, err
	}
	if s.bad, err = f.parseRates(); err != nil {
		return nil, err
	}
	if s.rules, err = f.parseRules(); err != nil {
		return nil, err
	}
	s.crowd.Count, s.crowd.Rate, s.crowd.AtOnce, s.crowd.Random = f.machines, rate, f.atOnce, f.seed
	if s.crowd.AtOnce == 0 && rate == 0 {
		s.crowd.AtOnce = 100
	}
	if s.crowd.Random == 0 {
		s.crowd.Random = uint64(time.Now().UnixNano())
	}
	s.crowd.Boot = simulate.Boot{
		Plan: plan, UserClasses: f.userClass,
		Timing: simulate.Timing{Real: f.realTime, Tries: f.tries, First: f.wait},
	}
	s.crowd.Boot.Report, err = f.parseReport(plan)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// parseReport reads whom installers tell that they are done; nil is nobody.
func (f *simulateFlags) parseReport(plan simulate.Plan) (*simulate.Reporter, error) {
	if f.report == "" {
		return nil, nil
	}
	u, err := url.Parse(f.report)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("--report %q: want http://[ADDRESS]:PORT, an address of the server's api", f.report)
	}
	if !slices.ContainsFunc(plan.Programs(), func(p *simulate.Profile) bool { return p.Stage == stage.Installer }) {
		return nil, errors.New("--report: the machines are no installer: add one to --profile, such as ipxe,live,networkd")
	}
	return &simulate.Reporter{URL: strings.TrimSuffix(f.report, "/")}, nil
}

func (f *simulateFlags) checkNumbers() error {
	switch {
	case f.machines < 1:
		return fmt.Errorf("--machines %d: want 1 or more", f.machines)
	case f.atOnce < 0 || f.tries < 0 || f.wait < 0:
		return errors.New("--at-once, --tries and --wait cannot be negative")
	case f.realTime && (f.tries != 0 || f.wait != 0):
		return errors.New("--tries and --wait: with --real-time, both are those of the real programs")
	case f.machines > 1 && f.uuid != "":
		return errors.New("--uuid: several machines have UUIDs that follow from their MACs")
	}
	return nil
}

// checkUserClasses refuses a user class for a client that the machines are not.
func (f *simulateFlags) checkUserClasses(plan simulate.Plan) error {
	names := map[string]bool{}
	for _, p := range plan.Programs() {
		names[p.Name] = p.HasUserClass()
	}
	for name := range f.userClass {
		sends, there := names[name]
		if !there {
			return fmt.Errorf("--user-class %q: --profile has no such client", name)
		}
		if !sends {
			return fmt.Errorf("--user-class %q: that client sends none", name)
		}
	}
	return nil
}

func (f *simulateFlags) parseMachine(s *simulation) (err error) {
	if f.uuid != "" {
		if s.uuid, err = simulate.ParseUUID(f.uuid); err != nil {
			return fmt.Errorf("--uuid: %w", err)
		}
	}
	if f.mac == "" {
		return nil
	}
	if s.crowd.First, err = ident.ParseMAC(f.mac); err != nil {
		return fmt.Errorf("--mac: %w", err)
	}
	_, err = simulate.NthMAC(s.crowd.First, f.machines-1)
	return err
}

// parseRate reads machines each second, with "/s" or without. Nothing is zero.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate > 0) || rate > 1e9 {
		return 0, fmt.Errorf("--rate %q: want machines each second, such as 200/s", text)
	}
	return rate, nil
}

// parseRules reads how strictly answers are checked.
func (f *simulateFlags) parseRules() (*validate.Checker, error) {
	if !f.check && len(f.unasked) > 0 {
		return nil, errors.New("--unasked: with --check=false, nobody looks who asked: leave one of them out")
	}
	if !f.check {
		return nil, nil
	}
	rules := &validate.Checker{}
	for _, code := range f.unasked {
		if code == 0 || code > 0xffff {
			return nil, fmt.Errorf("--unasked %d: want codes of options, from 1 to 65535", code)
		}
		rules.Unasked = append(rules.Unasked, uint16(code))
	}
	return rules, nil
}

// parseRates reads how bad the network is to be.
func (f *simulateFlags) parseRates() (r impair.Rates, err error) {
	for _, flag := range []struct {
		name, text string
		to         *float64
	}{{"loss", f.loss, &r.Loss}, {"duplicate", f.duplicate, &r.Duplicate}, {"reorder", f.reorder, &r.Reorder}} {
		if *flag.to, err = parseShare(flag.text); err != nil {
			return r, fmt.Errorf("--%s %q: %w", flag.name, flag.text, err)
		}
	}
	if r.Delay = f.delay; r.Delay < 0 {
		return r, fmt.Errorf("--delay %s: it cannot be negative", r.Delay)
	}
	return r, nil
}

// parseShare reads a share, as 5% or 0.05. Nothing is zero.
func parseShare(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, errors.New("want a share, such as 5% or 0.05")
	}
	return share, nil
}

// dialer gives what opens the way to the server.
func (f *simulateFlags) dialer() (func(context.Context) (*simulate.Carrier, error), error) {
	if err := f.checkPlace(); err != nil {
		return nil, err
	}
	if f.link != "" {
		return func(ctx context.Context) (*simulate.Carrier, error) { return simulate.DialLink(ctx, f.link) }, nil
	}
	server, err := parseServer(f.server)
	if err != nil {
		return nil, err
	}
	relay := simulate.Relay{InterfaceID: f.interfaceID, ClientMAC: f.clientMAC, OddPort: f.oddPort}
	if relay.LinkAddress, err = netip.ParseAddr(f.relay); err != nil || !relay.LinkAddress.Is6() || relay.LinkAddress.Zone() != "" {
		return nil, fmt.Errorf("--relay %q: want an IPv6 address of the link that the machines are on, such as 2001:db8:10::1", f.relay)
	}
	if f.remoteID != "" {
		if relay.RemoteID, err = simulate.ParseRemoteID(f.remoteID); err != nil {
			return nil, fmt.Errorf("--remote-id: %w", err)
		}
	}
	return func(context.Context) (*simulate.Carrier, error) { return simulate.DialServer(server, relay) }, nil
}

// checkPlace looks whether exactly one way to the server is named.
func (f *simulateFlags) checkPlace() error {
	switch {
	case f.link == "" && f.relay == "" && f.server == "":
		return errors.New("where is the server? Say --interface NAME to be on a link, or --relay LINK-ADDRESS --server ADDRESS to be a relay agent")
	case f.link == "" && f.relay == "":
		return errors.New("--server: only a relay agent sends to an address: say with --relay which link the machines are on")
	case f.link == "" && f.server == "":
		return errors.New("--relay: say with --server ADDRESS where the server is")
	case f.link == "":
		return nil
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"relay", f.relay != ""},
		{"server", f.server != ""},
		{"interface-id", f.interfaceID != ""},
		{"remote-id", f.remoteID != ""},
		{"odd-port", f.oddPort},
	} {
		if flag.set {
			return fmt.Errorf("--%s: only a relay agent needs that: leave it out, or --interface", flag.name)
		}
	}
	return nil
}

// parseServer reads an address, or [address]:port.
func parseServer(text string) (netip.AddrPort, error) {
	const port = 547
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		var a netip.Addr
		a, err = netip.ParseAddr(strings.Trim(text, "[]"))
		at = netip.AddrPortFrom(a, port)
	}
	if err != nil || !at.Addr().Is6() || at.Port() == 0 {
		return at, fmt.Errorf("--server %q: want an IPv6 address, such as 2001:db8::547, or [2001:db8::547]:547", text)
	}
	return at, nil
}

// chooseMAC takes the MAC of the interface, unless another is wanted, and warns
// that servers will look at the interface's.
func (p *program) chooseMAC(s *simulation) error {
	if s.flags.link == "" {
		if s.crowd.First.IsZero() {
			s.crowd.First = ident.MAC{0x52, 0x54, 0, 0, 0, 1}
		}
		return nil
	}
	raw, err := simulate.LinkMAC(s.flags.link)
	if err != nil {
		return err
	}
	own, ok := ident.MACFromBytes(raw)
	if s.crowd.First.IsZero() {
		if !ok {
			return &usageError{fmt.Errorf("interface %q has no MAC: say one with --mac", s.flags.link)}
		}
		s.crowd.First = own
	}
	if (s.crowd.First != own || s.crowd.Count > 1) && !s.flags.quiet {
		fmt.Fprintf(p.stderr, "note: every message comes from the address of %s, so that a server which takes MACs from frames or addresses\n"+
			"sees %s only; --relay gives each machine an address of its own\n", s.flags.link, own)
	}
	return nil
}
