package integ

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestAFloodOfWrongMessagesWritesNoLineForEach sends thousands of messages that cannot
// be read, that are not the server's, and of strangers for whom nothing is left: the log
// stays short.
func TestAFloodOfWrongMessagesWritesNoLineForEach(t *testing.T) {
	t.Parallel()
	const rounds = 5000
	s := newSimulatedWith(t, strings.ReplaceAll(simulatedConfig, "d:0/112", "d:0/128"))
	var conn net.Conn
	check(t, s.machine.Do(func() (err error) {
		conn, err = net.Dial("udp", "[2001:db8:10::2]:547")
		return err
	}))
	defer conn.Close()
	for i := range rounds {
		id := fmt.Sprintf("\x00\x01\x00\x0a\x00\x03\x00\x01%06d", i)
		for _, message := range []string{
			"\xff\x00\x00\x00", "\x01", "\x01\x00\x00\x01\x00\x01\xff\xff", "\x0c\x00", // garbage
			"\x03\x00\x00\x02" + id, // a Request without the server's DUID
			relayed("\x01\x00\x00\x03" + id + "\x00\x03\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
		} {
			_, _ = conn.Write([]byte(message)) // the kernel may have no room
		}
	}
	received := func() int {
		n, err := strconv.ParseFloat(s.server.metric("stage6_listen_received_total"), 64)
		check(t, err)
		return int(n)
	}
	ctx := labtest.Context(t)
	for before := -1; before != received(); {
		before = received()
		select {
		case <-time.After(200 * time.Millisecond): // until no more is read
		case <-ctx.Done():
			t.Fatal("it is read without end")
		}
	}
	if n := received(); n < rounds {
		t.Errorf("%d messages came, want more", n)
	}
	for _, name := range []string{`stage6_exchanges_total{outcome="denied",stage="final"}`, `stage6_dropped_total{reason="truncated"}`, `stage6_dropped_total{reason="unicast-request"}`} {
		if s.server.metric(name) == "0" {
			t.Errorf("%s is 0, so that nothing was tried", name)
		}
	}
	if lines := strings.Count(fmt.Sprint(s.server.process.Output), "\n"); lines > 100 {
		t.Errorf("the log has %d lines:\n%s", lines, s.server.process.Output)
	}
}

// relayed gives a message in a Relay-forward of the relay agent that the server trusts.
func relayed(message string) string {
	link := "\x20\x01\x0d\xb8\x00\x10" + strings.Repeat("\x00", 9) + "\x09"
	return "\x0c\x00" + link + link + "\x00\x09\x00" + string([]byte{byte(len(message))}) + message
}
