package server_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

const (
	request = "request 0a0b0c\n  client-id 00030001525400aabb01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n"
	release = "release 0a0b0d\n  client-id 00030001525400aabb01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n    address 2001:db8:10::1000 preferred=0 valid=0\n"
	ask     = "solicit 0a0b0e\n  client-id 00030001525400aabb01\n  ia-na 1 t1=0 t2=0\n"
	renew   = "renew 0a0b0f\n  client-id 00030001525400aabb01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n"
)

// TestCommit is about what must be durable before a reply leaves (RFC 9915
// section 18.3.1, and the server's promise): the ticket says so.
func TestCommit(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages []string
		waits    []bool // whether the reply waits
	}{
		{"a reply that grants waits for the store", []string{request}, []bool{true}},
		{"an offer does not", []string{ask}, []bool{false}},
		{"a renewal waits, since lifetimes change", []string{request, renew}, []bool{true, true}},
		{"a release waits, and its repetition for the same", []string{request, release, release}, []bool{true, true, true}},
		{"nothing waits where nothing is bound", []string{release, direct}, []bool{false, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, table := assemble(t, filepath.Join("testdata", "request"))
			w := srv.NewWorker()
			for i, text := range c.messages {
				r, drop := serve(t, w, arrival(), text)
				if drop != "" {
					t.Fatalf("message %d is dropped: %s", i, drop)
				}
				if waits := !r.Ticket.IsZero(); waits != c.waits[i] {
					t.Errorf("message %d: waits %t, want %t:\n%s", i, waits, c.waits[i], dhcptext.Format(r.Data))
				}
			}
			for _, err := range table.Check() {
				t.Error(err)
			}
		})
	}
}

// TestALeaseIsSeenBeforeItIsDurable shows that two clients whose Requests wait
// for the same sync do not get one address.
func TestALeaseIsSeenBeforeItIsDurable(t *testing.T) {
	srv, _ := assemble(t, filepath.Join("testdata", "status")) // its pool has one address
	one, two := srv.NewWorker(), srv.NewWorker()
	msg, err := dhcptext.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	first, drop := one.Serve(context.Background(), nil, msg, arrival())
	if drop != "" || first.Ticket.IsZero() {
		t.Fatalf("dropped %q, ticket %v", drop, first.Ticket)
	}
	msg[13] ^= 0xff // another DUID
	second, drop := two.Serve(context.Background(), nil, msg, arrival())
	if drop != "" || !second.Ticket.IsZero() {
		t.Errorf("the second client: dropped %q, or granted:\n%s", drop, dhcptext.Format(second.Data))
	}
}

// TestAStoreThatStandsStillStopsOnlyWhatNeedsIt renews until no more changes may
// wait: that is then dropped by name, and a Solicit is still answered.
func TestAStoreThatStandsStillStopsOnlyWhatNeedsIt(t *testing.T) {
	srv, _ := assemble(t, filepath.Join("testdata", "request"))
	w := srv.NewWorker()
	if _, drop := serve(t, w, arrival(), request); drop != "" {
		t.Fatalf("dropped: %s", drop)
	}
	msg, err := dhcptext.Parse(renew)
	if err != nil {
		t.Fatal(err)
	}
	reason := ""
	for n := 0; n < 1<<20 && reason == ""; n++ {
		_, reason = w.Serve(context.Background(), nil, msg, arrival())
	}
	if reason != server.DropStoreQueueFull {
		t.Errorf("dropped %q, want %q", reason, server.DropStoreQueueFull)
	}
	if _, drop := serve(t, w, arrival(), ask); drop != "" {
		t.Errorf("a Solicit is dropped: %s", drop)
	}
}
