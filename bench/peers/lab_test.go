package main

import (
	"os"
	"testing"
	"time"

	"github.com/stage6/stage6/internal/netlab/labtest"
	"github.com/stage6/stage6/internal/netlab/tap"
)

// TestMain lets the tests' program be the mirror and its clients, as peers itself is.
func TestMain(m *testing.M) {
	beOther(os.Args[1:])
	labtest.Main(m)
}

func TestTheMirrorIsMeasuredAsAServerIs(t *testing.T) {
	labtest.Namespace(t, "probe") // skips where there are none
	labtest.Program(t, "perfdhcp")
	for _, name := range []string{"renew", "rapid"} {
		t.Run(name, func(t *testing.T) { measureMirror(t, choose(name)[0]) })
	}
}

func measureMirror(t *testing.T, s scenario) {
	ctx := labtest.Context(t)
	p, err := lookPeer(options{}, mirrorName, s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLab(ctx, p, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.close() })
	record, err := tap.Open(l.server, "srv0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.load(ctx, s, 50, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := record.Close()
	if err != nil {
		t.Fatal(err)
	}
	v, err := judge(frames, s)
	if err != nil {
		t.Fatal(err)
	}
	if v.bad > 0 || v.good[s.last] == 0 || len(v.delays[s.last]) == 0 || f.received() == 0 {
		t.Errorf("perfdhcp %+v; on the cable %v good, %d bad: %v", f, v.good, v.bad, v.example)
	}
	if cpu, err := l.cpu(); err != nil || cpu == 0 {
		t.Errorf("processor time %v, %v", cpu, err)
	}
	if err := l.drain(ctx); err != nil {
		t.Error(err)
	}
}
