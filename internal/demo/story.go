package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// teller tells the story of web01 on the terminal.
type teller struct {
	*network
	binary       string // its path
	typed        string // the same, as people here would type it
	unprivileged bool
}

const scene = `
  web01 ---- access switch ---- router ---- server
             (LDRA)             (relay)     (stage6)

  Four namespaces, a simulated machine, two relay agents, the real server with
  %s

`

// tell lets web01 boot, and fails when it does not get what it should.
func (t teller) tell(ctx context.Context) error {
	fmt.Printf(scene, t.config())
	for i, s := range stages() {
		fmt.Printf("%d. %s\n", i+1, s.name)
		if err := t.bootStage(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, agent := range t.agents {
		if wrong := agent.Violations(); len(wrong) > 0 {
			return fmt.Errorf("a relay agent complains: %s", strings.Join(wrong, "; "))
		}
	}
	return t.lookAtLeases(ctx)
}

func (t teller) bootStage(ctx context.Context, s stage) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := openClient(ctx, s, t.machine)
	if err != nil {
		return err
	}
	defer c.close()
	line("DUID", "%v", duidText(s.duid))
	begun := time.Now()
	reply, err := c.boot(ctx)
	if err != nil {
		return err
	}
	took := time.Since(begun)
	if err := s.check(reply); err != nil {
		return err
	}
	describe(reply)
	line("took", "%v from Solicit to Reply, with the lease on the disk", took.Round(10*time.Microsecond))
	if s.releases {
		if err := c.release(ctx, reply); err != nil {
			return err
		}
		line("then", "gives its address back")
	}
	if s.installed {
		address, _ := addressOf(reply)
		if err := t.machine.AddAddress("eth0", netip.PrefixFrom(address, address.BitLen())); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// check compares a Reply with what the stage must be given.
func (s stage) check(reply *dhcpv6.Message) error {
	address, err := addressOf(reply)
	if err != nil {
		return err
	}
	if !s.addresses.Contains(address) {
		return fmt.Errorf("got address %v, want one of %v", address, s.addresses)
	}
	if url := reply.Options.BootFileURL(); url != s.url {
		return fmt.Errorf("got boot file %q, want %q", url, s.url)
	}
	if pd := reply.Options.OneIAPD(); s.installed && (pd == nil || len(pd.Options.Prefixes()) != 1) {
		return fmt.Errorf("got no prefix")
	}
	return nil
}

func addressOf(reply *dhcpv6.Message) (netip.Addr, error) {
	ia := reply.Options.OneIANA()
	if ia == nil || ia.Options.OneAddress() == nil {
		return netip.Addr{}, fmt.Errorf("got no address: %v", reply.Summary())
	}
	address, _ := netip.AddrFromSlice(ia.Options.OneAddress().IPv6Addr)
	return address, nil
}

// describe tells what a Reply gives.
func describe(reply *dhcpv6.Message) {
	given := reply.Options.OneIANA().Options.OneAddress()
	line("address", "%v for %v", given.IPv6Addr, given.ValidLifetime)
	if pd := reply.Options.OneIAPD(); pd != nil {
		for _, p := range pd.Options.Prefixes() {
			line("prefix", "%v for %v", p.Prefix, p.ValidLifetime)
		}
	}
	if url := reply.Options.BootFileURL(); url != "" {
		line("boot file", "%s", url)
	}
	if servers := reply.Options.DNS(); servers != nil {
		line("DNS", "%v", servers[0])
	}
	if list := reply.Options.DomainSearchList(); list != nil {
		line("search", "%s", strings.Join(list.Labels, " "))
	}
	if servers := reply.Options.NTPServers(); servers != nil {
		line("NTP", "%v", servers[0])
	}
}

func line(what, format string, args ...any) {
	fmt.Printf("   %-10s "+format+"\n", append([]any{what}, args...)...)
}

// duidText is a DUID as stage6 writes it.
func duidText(duid dhcpv6.DUID) string {
	return strings.ReplaceAll(fmt.Sprintf("% x", duid.ToBytes()), " ", ":")
}

// lookAtLeases shows what the operator sees, and has it verified.
func (t teller) lookAtLeases(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fmt.Printf("What the operator sees, of one machine that was four clients:\n\n")
	for _, args := range [][]string{{"leases"}, {"leases", "verify"}} {
		out, err := t.station.Run(ctx, t.binary, append(args, "--api", t.api())...)
		if err != nil {
			return err
		}
		fmt.Println(out)
	}
	return nil
}

// invite tells what to try from another terminal. Its lines are commands.
func (t teller) invite() {
	enter := fmt.Sprintf("nsenter -t %d", t.machine.PID())
	if t.unprivileged {
		enter += " -U --preserve-credentials"
	}
	fmt.Printf("All this stays until Ctrl-C. Try, from another terminal, here:\n\n")
	fmt.Printf("%s leases --state all --api %s\n", t.typed, t.api())
	fmt.Printf("%s leases show 2001:db8:10::101 --api %s\n", t.typed, t.api())
	fmt.Printf("%s check --config %s\n", t.typed, t.config())
	fmt.Printf("%s -n ip -6 address show dev eth0\n", enter)
}
