package events

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/ident"
)

// start is when the logs of the tests are made.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func newLog() (*Log, *clock) {
	c := &clock{start}
	return New(c.time), c
}

// texts gives the texts of the events of a query.
func texts(l *Log, q Query) string {
	var out []string
	for _, e := range l.Read(q).Events {
		out = append(out, e.Text)
	}
	return strings.Join(out, " ")
}

func leased(text string) event.Event {
	return event.Event{Kind: event.Leased, Host: "web01", Text: text}
}

func TestAReaderGetsWhatComesAfterItsNumber(t *testing.T) {
	l, _ := newLog()
	for _, text := range []string{"a", "b", "c"} {
		l.Publish(leased(text))
	}
	p := l.Read(Query{Limit: 2})
	if got := texts(l, Query{Since: p.Next}); got != "c" {
		t.Errorf("after two of three came %q", got)
	}
	if p := l.Read(Query{Since: l.Last()}); len(p.Events) > 0 || p.Missed > 0 || p.Next != l.Last() {
		t.Errorf("after the last came %+v", p)
	}
}

func TestQueriesSelect(t *testing.T) {
	l, c := newLog()
	l.Publish(leased("web01"))
	c.now = c.now.Add(time.Minute)
	l.Publish(event.Event{Kind: event.Expired, Host: "web02", Text: "web02"})
	l.Publish(event.Event{Kind: event.Denied, MAC: ident.MAC{2}, Text: "stranger"})
	for name, test := range map[string]struct {
		q    Query
		want string
	}{
		"everything":   {Query{}, "web01 web02 stranger"},
		"kinds":        {Query{Kinds: []event.Kind{event.Denied, event.Leased}}, "web01 stranger"},
		"a host":       {Query{Host: "web02"}, "web02"},
		"from a time":  {Query{From: start.Add(time.Second)}, "web02 stranger"},
		"at most one":  {Query{Limit: 1}, "web01"},
		"an old start": {Query{Since: 1}, "web01 web02 stranger"},
	} {
		if got := texts(l, test.q); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// flood publishes so many different events of a client that nobody knows.
func flood(l *Log, k event.Kind, n int) {
	for i := range n {
		duid := fmt.Sprintf("\x00\x04%d", i)
		l.PublishOf(event.Event{Kind: k}, []byte(duid), nil)
	}
}

func TestMadeUpClientsHideNothing(t *testing.T) {
	l, c := newLog()
	l.Publish(event.Event{Kind: event.Denied, Host: "web01", Text: "known"})
	for range 100 {
		c.now = c.now.Add(time.Second)
		flood(l, event.Denied, 1000)
	}
	if got := texts(l, Query{Host: "web01"}); got != "known" {
		t.Errorf("of the known machine is left %q", got)
	}
	p, n := l.Read(Query{}), l.Counts()[event.Denied]
	if len(p.Events) > strangerBounds.kept+1 {
		t.Errorf("%d events are kept", len(p.Events))
	}
	if n.Published+n.Merged+n.Suppressed != 100_001 || n.Published > 2200 {
		t.Errorf("counted %+v", n)
	}
	if want := n.Published - uint64(len(p.Events)); p.Missed != want || want == 0 {
		t.Errorf("missed %d, want %d", p.Missed, want)
	}
	if got := l.Read(Query{Kinds: []event.Kind{event.Leased}}).Missed; got != 0 {
		t.Errorf("who asks for another kind missed %d", got)
	}
}

func TestWhatIsSuppressedIsToldWithTheNext(t *testing.T) {
	l, c := newLog()
	flood(l, event.Leased, strangerBounds.burst+7)
	c.now = c.now.Add(time.Minute)
	flood(l, event.Leased, 1)
	p := l.Read(Query{})
	if got := p.Events[len(p.Events)-1].Suppressed; got != 7 {
		t.Errorf("the next one tells of %d, want 7", got)
	}
}

func TestRepeatsAreCounted(t *testing.T) {
	l, c := newLog()
	denied := event.Event{Kind: event.Denied, Reason: "in-use", Prefix: netip.MustParsePrefix("2001:db8::1/128")}
	for range 4 {
		l.PublishOf(denied, []byte("client"), nil)
		c.now = c.now.Add(time.Minute)
	}
	l.PublishOf(denied, []byte("another"), nil)
	c.now = c.now.Add(mergeTime)
	l.PublishOf(denied, []byte("client"), nil)
	var got []uint64
	for _, e := range l.Read(Query{}).Events {
		got = append(got, e.Repeats)
	}
	if fmt.Sprint(got) != "[0 0 3]" {
		t.Errorf("repeats are %v, want those of the client at the end", got)
	}
}

func TestEventsThatAreNewsAreNotMerged(t *testing.T) {
	l, _ := newLog()
	l.Publish(leased("a"))
	l.Publish(leased("a"))
	if got := texts(l, Query{}); got != "a a" {
		t.Errorf("got %q", got)
	}
}

func TestARepeatAllocatesNothing(t *testing.T) {
	l, _ := newLog()
	duid := []byte("\x00\x04somebody with a DUID that is long enough")
	publish := func() {
		l.PublishOf(event.Event{Kind: event.Denied, Link: "prov0", Time: start}, duid, func() string { return string(duid) })
	}
	publish()
	if n := testing.AllocsPerRun(100, publish); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNumbersGoOnRisingAfterARestart(t *testing.T) {
	l, c := newLog()
	l.Publish(leased("before"))
	last := l.Last()
	c.now = c.now.Add(time.Second)
	after := New(c.time)
	after.Publish(leased("after"))
	if got := texts(after, Query{Since: last}); got != "after" {
		t.Errorf("who had the last of before gets %q", got)
	}
	if p := after.Read(Query{Since: last}); p.Missed != 0 {
		t.Errorf("missed %d", p.Missed)
	}
}

func TestFollowersMissNothing(t *testing.T) {
	l, _ := newLog()
	const writers, each = 4, 200
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				l.Publish(leased("x"))
			}
		})
	}
	var got []uint64
	for q := (Query{}); len(got) < writers*each; {
		p := l.Follow(t.Context(), q)
		for i := range p.Events {
			got = append(got, p.Events[i].Seq)
		}
		q.Since = p.Next
	}
	wg.Wait()
	for i, seq := range got {
		if want := got[0] + uint64(i); seq != want {
			t.Fatalf("event %d has number %d, want %d", i, seq, want)
		}
	}
}

func TestFollowersAreLetGo(t *testing.T) {
	l, _ := newLog()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p := l.Follow(ctx, Query{}); len(p.Events) > 0 || p.Ended {
		t.Errorf("with the context: %+v", p)
	}
	done := make(chan Page)
	go func() { done <- l.Follow(t.Context(), Query{}) }()
	l.End()
	if p := <-done; !p.Ended {
		t.Errorf("at the end: %+v", p)
	}
}
