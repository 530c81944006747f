package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/internal/simulate"
)

// teller tells the story of web01 on the terminal.
type teller struct {
	*network
	binary       string // its path
	typed        string // the same, as people here would type it
	unprivileged bool

	ask     *api.Client
	carrier *simulate.Carrier
	machine *simulate.Machine
}

const scene = `
  web01 ---- access switch ---- router ---- server
             (LDRA)             (relay)     (stage6)

  Four namespaces, a simulated machine, two relay agents, the real server with
  %s
`

// The clients that web01 is: until its installer is done, and after that.
const (
	toInstall = "uefi-http+uefi-ip6,ipxe,live"
	installed = "uefi-http+uefi-ip6,ipxe,networkd"
)

// tell lets web01 be installed, twice, and fails when it does not get what it
// should.
func (t *teller) tell(ctx context.Context) (err error) {
	fmt.Printf(scene, t.config())
	if t.ask, err = api.NewClient(t.api()); err != nil {
		return err
	}
	if t.carrier, err = t.dial(ctx); err != nil {
		return err
	}
	defer t.carrier.Close()
	t.machine = simulate.NewMachine(machineMAC, machineUUID, 1)
	if err := t.install(ctx); err != nil {
		return err
	}
	fmt.Printf("\n  The next day: stage6 deploy web01\n")
	if _, err := t.ask.SetState(ctx, "web01", host.Deploy); err != nil {
		return err
	}
	if err := t.install(ctx); err != nil {
		return err
	}
	if err := t.machineSide.AddAddress("eth0", wholeAddress(ownAddress)); err != nil {
		return err
	}
	return errors.Join(t.complaints(), t.lookAtLeases(ctx))
}

// dial opens the machine's socket.
func (t *teller) dial(ctx context.Context) (c *simulate.Carrier, err error) {
	if _, err := t.machineSide.LinkLocal(ctx, "eth0"); err != nil {
		return nil, err
	}
	err = t.machineSide.Do(func() error {
		c, err = simulate.DialLink(ctx, "eth0")
		return err
	})
	return c, err
}

// install lets web01 boot and be installed, say so, and boot its system.
func (t *teller) install(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := t.boot(ctx, "is to be installed", toInstall); err != nil {
		return err
	}
	if err := t.report(ctx); err != nil {
		return err
	}
	return t.boot(ctx, "boots again", installed)
}

// boot boots the machine once, and looks at what it gets.
func (t *teller) boot(ctx context.Context, what, programs string) error {
	plan, err := simulate.ParsePlan(programs)
	if err != nil {
		return err
	}
	h, err := t.ask.Host(ctx, "web01")
	if err != nil {
		return err
	}
	fmt.Printf("\n  web01 %s; its state is %s\n", what, h.State)
	lines := &timeline{ctx: ctx, ask: t.ask, state: h.State}
	b := simulate.Boot{Plan: plan, Carrier: t.carrier, Watch: lines}
	return errors.Join(b.Run(ctx, t.machine), lines.wrong)
}

// report lets the installer say that it is done, from the address that it has.
func (t *teller) report(ctx context.Context) error {
	page, err := t.ask.Leases(ctx, api.LeaseQuery{Host: "web01"})
	if err != nil {
		return err
	}
	at, err := installerAddress(page.Leases)
	if err != nil {
		return err
	}
	if err := t.connect(ctx, at); err != nil {
		return err
	}
	plan, err := simulate.ParsePlan(installed)
	if err != nil {
		return err
	}
	system := plan[len(plan)-1][0]
	r := simulate.Reporter{URL: installerAPI, HTTP: t.machineSide.HTTP()}
	if err := r.Installed(ctx, t.machine, system); err != nil {
		return err
	}
	fmt.Printf("    POST %s/v1/installed, with the token: it is installed\n", installerAPI)
	return t.disconnect(at)
}

// complaints are what the relay agents found wrong, and which rules answers broke.
func (t *teller) complaints() error {
	if _, _, broken := t.carrier.Checked(); len(broken) > 0 {
		return fmt.Errorf("an answer is wrong: %v", broken[0])
	}
	for _, agent := range t.agents {
		if wrong := agent.Violations(); len(wrong) > 0 {
			return fmt.Errorf("a relay agent complains: %s", strings.Join(wrong, "; "))
		}
	}
	return nil
}

// lookAtLeases shows what the operator sees, and has it verified.
func (t *teller) lookAtLeases(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fmt.Printf("\n  stage6 leases, of one machine with six DUIDs:\n\n")
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
func (t *teller) invite() {
	enter := fmt.Sprintf("nsenter -t %d", t.machineSide.PID())
	if t.unprivileged {
		enter += " -U --preserve-credentials"
	}
	fmt.Printf("All this stays until Ctrl-C. Try, from another terminal, here:\n\n")
	fmt.Printf("%s leases --state all --api %s\n", t.typed, t.api())
	fmt.Printf("%s leases show 2001:db8:10::101 --api %s\n", t.typed, t.api())
	fmt.Printf("%s hosts show web01 --api %s\n", t.typed, t.api())
	fmt.Printf("%s watch --since 0 --host web01 --api %s\n", t.typed, t.api())
	fmt.Printf("%s check --config %s\n", t.typed, t.config())
	fmt.Printf("%s -n ip -6 address show dev eth0\n", enter)
}

func wholeAddress(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
