package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/simulate"
)

// life is a machine and all that happens to it.
type life struct {
	number  int
	way     *segment
	machine *simulate.Machine
	rand    *rand.Rand
	watch   simulate.Watcher
	count   *counter

	known  bool         // whether it is a host
	byAPI  bool         // whether that is one of the API
	final  netip.Addr   // what is reserved for it; invalid: nothing
	prefix netip.Prefix // likewise

	system     string // the profile that is installed; "" before
	installing bool   // whether the operator said that it is to be installed, and not yet that it is
	server     *server
}

// counter counts what happened, by name. It is safe for concurrent use.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
	wrong  []string // what must not happen
}

func (c *counter) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[name]++
}

func (c *counter) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const most = 1000
	if len(c.wrong) < most {
		c.wrong = append(c.wrong, time.Now().UTC().Format("15:04:05 ")+fmt.Sprintf(format, args...))
	}
}

// firstMAC is that of the first machine that is simulated through a relay agent.
var firstMAC = ident.MAC{0x52, 0x54, 0x01, 0, 0, 1}

// newLife makes the machine of a number. Of four, two are hosts of the file, one is
// one of the API, and one is unknown.
func newLife(number int, way *segment, seed uint64) (*life, error) {
	mac, err := simulate.NthMAC(firstMAC, number)
	if err != nil {
		return nil, err
	}
	if !way.own.IsZero() {
		mac = way.own
	}
	l := &life{
		number: number, way: way, machine: simulate.NewMachine(mac, simulate.UUID{}, seed),
		rand:  rand.New(rand.NewPCG(seed, uint64(number))),
		known: number%4 != 1, byAPI: number%4 == 2,
	}
	if l.known {
		host := way.prefix.Addr().As16()
		host[13], host[14], host[15] = 1, byte(number>>8), byte(number)
		l.final = netip.AddrFrom16(host)
		if number%3 == 0 {
			l.prefix = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0x0d, 0xb8, 0xf0 | byte(number>>8), byte(number)}), 56)
		}
	}
	return l, nil
}

func (l *life) name() string { return fmt.Sprintf("machine%d", l.number) }

// entry is the host as a file has it.
func (l *life) entry() string {
	text := fmt.Sprintf("%s: {mac: '%s', uuid: '%s', address: '%s'", l.name(), l.machine.MAC, l.machine.UUID, l.final)
	if l.prefix.IsValid() {
		text += fmt.Sprintf(", prefix: '%s'", l.prefix)
	}
	return text + "}\n"
}

// command is the host as a command has it.
func (l *life) command() []string {
	args := []string{"hosts", "add", l.name(), "--mac", l.machine.MAC.String(), "--uuid", l.machine.UUID.String(), "--address", l.final.String()}
	if l.prefix.IsValid() {
		args = append(args, "--prefix", l.prefix.String())
	}
	return args
}

// live lets the machine live until ctx ends.
func (l *life) live(ctx context.Context) {
	l.pause(ctx, l.between(0, 10*time.Second))
	for ctx.Err() == nil {
		up := l.boot(ctx)
		if up != nil {
			l.stay(ctx, up)
		}
		l.pause(ctx, l.between(time.Second, 5*time.Second))
	}
}
