package stage

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/pipeline"
)

// states is a pipeline.States over a registry, whose disk can be full.
type states struct {
	hosts    *host.Registry
	full     atomic.Bool
	notes    map[string]string
	follow   func(string, host.State)
	inChange func() // called once before a change
}

var errFull = errors.New("no space left on device")

func (s *states) Change(_ context.Context, h *host.Host, to host.State) (bool, error) {
	if f := s.inChange; f != nil {
		s.inChange = nil
		f()
	}
	if s.full.Load() {
		return false, errFull
	}
	if s.hosts.ByName(h.Name) != h {
		return false, nil
	}
	s.set(h.Name, to)
	return true, nil
}

func (s *states) set(name string, to host.State) {
	delete(s.notes, name)
	s.follow(name, to)
	s.hosts.SetState(name, to)
}

func (s *states) Note(_ context.Context, h *host.Host, text string) (bool, error) {
	if s.full.Load() {
		return false, errFull
	}
	s.notes[h.Name] = text
	if text == "" {
		delete(s.notes, h.Name)
	}
	return s.hosts.ByName(h.Name) == h, nil
}

func (s *states) Notes(yield func(name, text string)) {
	for name, text := range s.notes {
		yield(name, text)
	}
}

func (s *states) Follow(f func(string, host.State)) { s.follow = f }

// running makes deployments that run in the bubble until the test ends, over the
// hosts web01 and web02, which are to be installed.
func running(t *testing.T, notes map[string]string) (*deployments, *states) {
	t.Helper()
	r := host.NewRegistry()
	if err := r.Replace("test", []host.Host{{Name: "web01", State: host.Deploy}, {Name: "web02", State: host.Deploy}}); err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	d := newDeployments(pipeline.Env{Hosts: r, Clock: time.Now, Log: logrus.NewEntry(log), Metrics: prometheus.NewRegistry()})
	d.watched, d.after = true, time.Hour
	s := &states{hosts: r, notes: maps.Clone(notes)}
	if err := d.UseStates(s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d, s
}

// counted gives the value of a counter that has one.
func counted(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil || len(families) != 1 || len(families[0].Metric) != 1 {
		t.Fatalf("%v, %v, want one value", families, err)
	}
	return families[0].Metric[0].Counter.GetValue()
}

func wantState(t *testing.T, s *states, name string, want host.State) {
	t.Helper()
	synctest.Wait()
	if got := s.hosts.ByName(name).State; got != want {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
}

func TestAHostBecomesInstalledWithoutAnyMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := running(t, map[string]string{})
		d.begin("web01", time.Now())
		<-time.After(time.Hour - time.Second)
		wantState(t, s, "web01", host.Deploy)
		<-time.After(time.Second + lookTime)
		wantState(t, s, "web01", host.Installed)
		wantState(t, s, "web02", host.Deploy)
		<-time.After(lookTime)
		synctest.Wait()
		if len(s.notes) > 0 || len(d.of) > 0 {
			t.Errorf("notes %v and progress %v are left", s.notes, d.of)
		}
		if got := counted(t, d.ended); got != 1 {
			t.Errorf("%v counted, want 1", got)
		}
	})
}

func TestTheTimeGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := running(t, map[string]string{"web01": time.Now().Add(-59 * time.Minute).Format(time.RFC3339Nano)})
		<-time.After(time.Minute + lookTime)
		wantState(t, s, "web01", host.Installed)
	})
}

func TestWhatTheDiskRefusesIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := running(t, map[string]string{})
		s.full.Store(true)
		d.begin("web01", time.Now())
		synctest.Wait()
		d.finish("web01")
		wantState(t, s, "web01", host.Deploy)
		if !d.over("web01", time.Now(), false) {
			t.Error("the exchanges of the host wait for the disk")
		}
		<-time.After(3*lookTime + time.Second)
		synctest.Wait()
		if got := counted(t, d.failed); got != 5 {
			t.Errorf("%v errors counted, want 5: for the beginning, the end, and three times again", got)
		}
		s.full.Store(false)
		<-time.After(lookTime)
		wantState(t, s, "web01", host.Installed)
	})
}

func TestWhoSetsTheStateMeanwhileWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := running(t, map[string]string{})
		s.inChange = func() { s.set("web01", host.Deploy) }
		d.begin("web01", time.Now())
		d.finish("web01")
		wantState(t, s, "web01", host.Deploy)
		if d.over("web01", time.Now(), false) {
			t.Error("the installation that was just asked for is over")
		}
	})
}

func TestAHostThatIsNotToBeInstalledAnyMoreIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := running(t, map[string]string{})
		d.begin("web01", time.Now())
		d.begin("web02", time.Now())
		synctest.Wait()
		if err := s.hosts.Replace("test", []host.Host{{Name: "web01", State: host.Installed}}); err != nil {
			t.Fatal(err)
		}
		<-time.After(lookTime + time.Second)
		synctest.Wait()
		if len(d.of) > 0 {
			t.Errorf("%v is left", d.of)
		}
		if _, left := s.notes["web01"]; left {
			t.Error("a note on web01 is left")
		}
	})
}

func TestADamagedNoteIsAnError(t *testing.T) {
	d := newDeployments(pipeline.Env{Hosts: host.NewRegistry()})
	d.watched = true
	err := d.UseStates(&states{notes: map[string]string{"web01": "yesterday"}})
	if err == nil || err.Error() != `damaged note on host "web01": parsing time "yesterday" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "yesterday" as "2006": restore the leases from a backup` {
		t.Errorf("got %v", err)
	}
}
