package integ

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/netlab/faultdisk"
	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestADiskThatTakesNothing has the disk take no more writes for a while, in the
// midst of a load: what needs none is answered, the outage is told of once and
// counted, and all goes on when the disk does.
func TestADiskThatTakesNothing(t *testing.T) {
	for name, fault := range map[string]struct {
		begin, end func(*faultdisk.Disk)
		told       string
	}{
		"full":      {func(d *faultdisk.Disk) { d.Fill(8 << 10) }, (*faultdisk.Disk).Empty, "no space left on device"},
		"read-only": {func(d *faultdisk.Disk) { d.SetReadOnly(true) }, func(d *faultdisk.Disk) { d.SetReadOnly(false) }, "read-only file system"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := faultdisk.New()
			c, s := newCrowdOn(t, disk, stores["pebble"])
			c.bustleUntil(300, func() {})
			fault.begin(disk)
			c.bustleWhile(func(ctx context.Context) { check(t, s.process.WaitOutput(ctx, 0, "the lease store fails: messages")) })
			c.wantAnswersWithoutDisk()
			s.wantOutage(fault.told)
			if s.metric("stage6_commit_failures_total") == "0" || s.metric(`stage6_dropped_total{reason="store-failed"}`) == "0" {
				t.Error("failures are not counted")
			}
			fault.end(disk)
			check(t, s.process.WaitOutput(labtest.Context(t), 0, "the lease store works again"))
			c.bustleUntil(300, func() {})
			s.wantAcknowledged(c)
			s.restart(killed)
			s.wantAcknowledged(c)
		})
	}
}

// bustleWhile lets the crowd bustle while a function runs.
func (c *crowd) bustleWhile(f func(ctx context.Context)) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	quiet := make(chan struct{})
	go func() {
		c.bustle(ctx, 32)
		close(quiet)
	}()
	f(labtest.Context(c.t))
	cancel()
	<-quiet
}

// wantAnswersWithoutDisk wants answers to what needs no write: Solicit,
// Information-request and Confirm. A Request must get none.
func (c *crowd) wantAnswersWithoutDisk() {
	c.t.Helper()
	m := c.members[slices.IndexFunc(c.members, func(m *member) bool { return !m.lease.IsValid() })]
	ctx := labtest.Context(c.t)
	server := m.want(ctx, m.message(dhcpv6.MessageTypeSolicit, nil, netip.Prefix{}), dhcpv6.MessageTypeAdvertise).Options.ServerID()
	confirm := m.message(dhcpv6.MessageTypeConfirm, nil, netip.PrefixFrom(c.link, 128))
	m.want(ctx, confirm, dhcpv6.MessageTypeReply)
	inform := m.message(dhcpv6.MessageTypeInformationRequest, nil, netip.Prefix{})
	inform.Options.Del(dhcpv6.OptionIANA)
	inform.Options.Del(dhcpv6.OptionIAPD)
	m.want(ctx, inform, dhcpv6.MessageTypeReply)
	if reply := m.ask(ctx, dhcpv6.MessageTypeRequest, server, netip.Prefix{}); reply != nil {
		c.t.Errorf("a Request was answered without a disk: %v", reply.Summary())
	}
}

// want sends a message until it is answered.
func (m *member) want(ctx context.Context, message *dhcpv6.Message, kind dhcpv6.MessageType) *dhcpv6.Message {
	m.crowd.t.Helper()
	for ctx.Err() == nil {
		if answer := m.exchange(ctx, message); answer != nil {
			if answer.MessageType != kind {
				m.crowd.t.Fatalf("%v is answered by %v", message.MessageType, answer.MessageType)
			}
			return answer
		}
	}
	m.crowd.t.Fatalf("%v is not answered: %v", message.MessageType, context.Cause(ctx))
	return nil
}

// wantOutage wants the outage in the log, once, in the status, and as an event.
func (s *server) wantOutage(told string) {
	s.t.Helper()
	if n := strings.Count(s.process.Output.String(), "the lease store fails: messages"); n != 1 {
		s.t.Errorf("the log tells of the outage %d times", n)
	}
	if n := strings.Count(s.process.Output.String(), "\n"); n > 100 {
		s.t.Errorf("the log has %d lines:\n%s", n, s.process.Output)
	}
	status, _ := s.ns.Run(labtest.Context(s.t), s.binary, "status", "--config", s.config()) // fails, since the server is not well
	if !strings.Contains(status, told) {
		s.t.Errorf("the status does not tell of %q:\n%s", told, status)
	}
	s.wantHappened("store-failed", told)
}

// TestADiskThatIsSlow has each sync take 100 ms: all who wait share one, and who
// needs none does not wait.
func TestADiskThatIsSlow(t *testing.T) {
	t.Parallel()
	disk := faultdisk.New()
	c, s := newCrowdOn(t, disk, stores["pebble"])
	disk.SetSyncTime(100 * time.Millisecond)
	c.patience = 10 * time.Second
	before := disk.Syncs()
	c.bustleUntil(600, func() {})
	if syncs := disk.Syncs() - before; syncs > 400 {
		t.Errorf("%d syncs for 600 leases", syncs)
	}
	s.wantAcknowledged(c)
	s.restart(killed)
	s.wantAcknowledged(c)
}

// TestADiskThatHangs has the disk become slow, then hang for longer than any sync
// takes, and go on: that is told of each time, and what needs no write is answered
// all the time.
func TestADiskThatHangs(t *testing.T) {
	t.Parallel()
	disk := faultdisk.New()
	c, s := newCrowdOn(t, disk, stores["pebble"])
	c.bustleUntil(100, func() {})
	disk.SetSyncTime(1200 * time.Millisecond)
	c.bustleWhile(func(ctx context.Context) { check(t, s.process.WaitOutput(ctx, 0, "the disk needs 1.")) })
	s.wantHappened("store-slow", "the disk needs 1.")
	if s.metric("stage6_commit_slow") != "1" {
		t.Error("no metric tells that the disk is slow")
	}
	disk.SetSyncTime(0)
	disk.Hang()
	c.bustleWhile(func(ctx context.Context) { check(t, s.process.WaitOutput(ctx, 0, "the lease store fails: messages")) })
	c.wantAnswersWithoutDisk()
	s.wantOutage("the disk has not ended a sync for 10s")
	if running, err := strconv.ParseFloat(s.metric("stage6_commit_running_seconds"), 64); err != nil || running < 10 {
		t.Errorf("a commit runs for %v seconds (%v), want 10 or more", running, err)
	}
	disk.Resume()
	check(t, s.process.WaitOutput(labtest.Context(t), 0, "the lease store works again"))
	c.bustleUntil(100, func() {})
	s.wantAcknowledged(c)
	check(t, s.process.WaitOutput(labtest.Context(t), 0, "the lease store is fast again"))
	s.wantHappened("store-fast", "")
	s.restart(killed)
	s.wantAcknowledged(c)
}

// wantHappened wants the last event of a kind to tell of something.
func (s *server) wantHappened(kind, told string) {
	s.t.Helper()
	watched, err := s.ns.Run(labtest.Context(s.t), s.binary, "watch", "--since", "0", "--count", "1", "--kind", kind, "--config", s.config())
	check(s.t, err)
	if !strings.Contains(watched, told) {
		s.t.Errorf("the event %s does not tell of %q:\n%s", kind, told, watched)
	}
}
