package main

import (
	"context"
	"time"

	"github.com/stage6/stage6/internal/simulate"
)

// start is how a machine starts.
type start struct {
	what string
	plan string // of one power-on
	then string // of the next one, for which the operator says that it is installed; "" for none
}

// choose chooses how the machine starts: it is installed, boots over the network, or
// from its disk, or only asks for options. What was begun to be installed is begun
// again.
func (l *life) choose() start {
	systems := []string{"networkd", "networkmanager", "dhclient", "dhclient-both", "dhcpcd", "dhcpcd-pd", "dhcp6c", "dibbler", "windows"}
	firmware := []string{"uefi-pxe+uefi-ip6", "uefi-http+uefi-ip6", "uefi-pxe", "uefi-http"}[l.rand.IntN(4)]
	dice := l.rand.Float64()
	switch {
	case l.system == "" || l.installing || dice < 0.3:
		l.system = systems[l.rand.IntN(len(systems))]
		if l.byAPI {
			return start{"install, as the operator says", firmware + ",ipxe,live", l.system}
		}
		return start{"install", firmware + ",ipxe," + []string{"anaconda", "debian-installer"}[l.rand.IntN(2)] + "," + l.system, ""}
	case dice < 0.35:
		return start{"ask for options only", "dhclient-info", ""}
	case dice < 0.7:
		return start{"boot over the network", firmware + ",ipxe," + l.system, ""}
	}
	return start{"boot from disk", l.system, ""}
}

// boot starts the machine, and gives the system that is up then; nil is none.
func (l *life) boot(ctx context.Context) *simulate.Session {
	s := l.choose()
	if s.then != "" && !l.say(ctx, "deploy") {
		return nil
	}
	l.installing = s.then != ""
	up := l.powerOn(ctx, s.what, s.plan)
	if s.then == "" || up == nil {
		return up
	}
	if !l.say(ctx, "installed") {
		return nil
	}
	l.installing = false
	return l.powerOn(ctx, "boot of what the operator says is installed", s.then)
}

// say tells the server what state the machine is in.
func (l *life) say(ctx context.Context, state string) bool {
	_, err := l.server.run(ctx, state, l.name())
	if err != nil && ctx.Err() == nil {
		l.count.complain("%v", err)
	}
	return err == nil
}

// powerOn lets the machine boot. Now and then the power fails in the midst of it.
func (l *life) powerOn(ctx context.Context, what, text string) *simulate.Session {
	plan, err := simulate.ParsePlan(text)
	if err != nil {
		l.count.complain("%v", err)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if l.rand.Float64() < 0.15 {
		cut := time.AfterFunc(l.between(0, 3*time.Second), cancel)
		defer cut.Stop()
	}
	b := simulate.Boot{
		Plan: plan, Carrier: l.way.carrier, Timing: simulate.Timing{Tries: 8}, Watch: l.watch,
		UserClasses: map[string]string{"debian-installer": "d-i"},
	}
	up, err := b.Stay(ctx, l.machine)
	switch {
	case ctx.Err() != nil:
		l.count.add("power cut in a boot")
		return nil
	case err != nil:
		l.count.add(what + " failed")
		l.count.complain("%s (%s, %s), %s: %v", l.name(), l.way.name, l.machine.MAC, text, err)
		return nil
	}
	l.count.add(what)
	if len(up) == 0 {
		return nil
	}
	return up[0]
}
