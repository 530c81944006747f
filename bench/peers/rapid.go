package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/ipv6"
)

// rapidCommand has this program be the clients of the scenario "rapid": perfdhcp 2.2
// ends with an error at the first Reply to a Solicit.
const rapidCommand = "ask-rapidly"

// lateness is how long an answer may take to count, as with perfdhcp.
const lateness = time.Second

// crowd is many clients that each send one Solicit with Rapid Commit.
type crowd struct {
	packets *ipv6.PacketConn
	to      net.Addr
	first   uint32 // transaction ID, of 24 bits; those that follow are numbered through
	mu      sync.Mutex
	sent    []time.Time // by the number
	got     int
}

// rapid asks on an interface at a rate, and tells what came of it as perfdhcp does.
func rapid(name, rate, seconds string) error {
	perSecond, err := strconv.Atoi(rate)
	if err != nil {
		return err
	}
	d, err := strconv.Atoi(seconds)
	if err != nil {
		return err
	}
	c := &crowd{first: uint32(os.Getpid()) << 8 & 0xffffff}
	if err := c.open(name); err != nil {
		return err
	}
	go c.listen()
	if err := c.ask(perSecond, time.Duration(d)*time.Second); err != nil {
		return err
	}
	time.Sleep(lateness / 2) // as long as perfdhcp is told to wait
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Printf("***Statistics for: SOLICIT-REPLY***\nsent packets: %d\nreceived packets: %d\n", len(c.sent), c.got)
	return nil
}

func (c *crowd) open(name string) error {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp6", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("[::]:546")))
	if err != nil {
		return err
	}
	if err := conn.SetReadBuffer(4 << 20); err != nil {
		return err
	}
	c.packets = ipv6.NewPacketConn(conn)
	c.to = &net.UDPAddr{IP: net.ParseIP("ff02::1:2"), Port: 547, Zone: name}
	return c.packets.SetMulticastInterface(link)
}

// ask sends, each millisecond those that are due.
func (c *crowd) ask(rate int, d time.Duration) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	out := batch()
	for begin := time.Now(); time.Since(begin) < d; <-tick.C {
		for due := int(time.Since(begin).Seconds()*float64(rate)) - len(c.sent); due > 0; {
			n := min(due, len(out))
			if err := c.send(out[:n]); err != nil {
				return err
			}
			due -= n
		}
	}
	return nil
}

// send sends the next ones.
func (c *crowd) send(out []ipv6.Message) error {
	now := time.Now()
	c.mu.Lock()
	for i := range out {
		out[i].Addr = c.to
		out[i].Buffers[0] = appendSolicit(out[i].Buffers[0][:0], c.first+uint32(len(c.sent)), now)
		c.sent = append(c.sent, now)
	}
	c.mu.Unlock()
	for len(out) > 0 {
		n, err := c.packets.WriteBatch(out, 0)
		if err != nil {
			return err
		}
		out = out[n:]
	}
	return nil
}

// appendSolicit appends what a client sends, with a DUID-LLT of its own. The options
// are those of perfdhcp's clients.
func appendSolicit(to []byte, number uint32, now time.Time) []byte {
	const seconds2000 = 946684800 // of the year in which a DUID-LLT begins to count
	to = binary.BigEndian.AppendUint32(to, 1<<24|number&0xffffff)
	to = append(to, 0, 8, 0, 2, 0, 0, 0, 14, 0, 0, 0, 1, 0, 14, 0, 1, 0, 1)
	to = binary.BigEndian.AppendUint32(to, uint32(now.Unix()-seconds2000))
	to = append(to, 0, 0x0c)
	to = binary.BigEndian.AppendUint32(to, 1<<24|number&0xffffff)
	to = append(to, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0x0e, 0x10, 0, 0, 0x15, 0x18)
	return append(to, 0, 6, 0, 4, 0, 23, 0, 24)
}

// listen counts the Replies that come in time, until the program ends.
func (c *crowd) listen() {
	in := batch()
	for {
		n, err := c.packets.ReadBatch(in, 0)
		if err != nil {
			return
		}
		now := time.Now()
		c.mu.Lock()
		for _, one := range in[:n] {
			c.count(one.Buffers[0][:one.N], now)
		}
		c.mu.Unlock()
	}
}

// count counts an answer, once for each question.
func (c *crowd) count(answer []byte, now time.Time) {
	if len(answer) < 4 || answer[0] != 7 {
		return
	}
	number := (binary.BigEndian.Uint32(answer) - c.first) & 0xffffff
	if int(number) < len(c.sent) && !c.sent[number].IsZero() && now.Sub(c.sent[number]) < lateness {
		c.sent[number] = time.Time{}
		c.got++
	}
}
