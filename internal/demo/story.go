package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/stage6/stage6/internal/simulate"
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
	carrier, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer carrier.Close()
	m := simulate.NewMachine(machineMAC, machineUUID, 1)
	if err := t.boot(ctx, carrier, m); err != nil {
		return err
	}
	fmt.Printf("\nThe next day it is installed again: the new system has another DUID, and the\nold one's lease has not run out.\n\n")
	if err := t.boot(ctx, carrier, m); err != nil {
		return err
	}
	if err := t.machine.AddAddress("eth0", netip.PrefixFrom(ownAddress, ownAddress.BitLen())); err != nil {
		return err
	}
	for _, agent := range t.agents {
		if wrong := agent.Violations(); len(wrong) > 0 {
			return fmt.Errorf("a relay agent complains: %s", strings.Join(wrong, "; "))
		}
	}
	return t.lookAtLeases(ctx)
}

// dial opens the machine's socket.
func (t teller) dial(ctx context.Context) (c *simulate.Carrier, err error) {
	if _, err := t.machine.LinkLocal(ctx, "eth0"); err != nil {
		return nil, err
	}
	err = t.machine.Do(func() error {
		c, err = simulate.DialLink(ctx, "eth0")
		return err
	})
	return c, err
}

// boot boots the machine once and looks at what it gets.
func (t teller) boot(ctx context.Context, carrier *simulate.Carrier, m *simulate.Machine) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	plan, err := simulate.ParsePlan(programs)
	if err != nil {
		return err
	}
	story, w := simulate.NewStory(os.Stdout, m, plan), &witness{}
	b := simulate.Boot{Plan: plan, Carrier: carrier, Watch: simulate.Watchers{story, w}}
	err = b.Run(ctx, m)
	story.End(err)
	return errors.Join(err, w.wrong)
}

// lookAtLeases shows what the operator sees, and has it verified.
func (t teller) lookAtLeases(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fmt.Printf("\nWhat the operator sees, of one machine that was eight clients:\n\n")
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
