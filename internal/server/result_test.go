package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/server"
)

func TestExchangesAreCountedByWhatCameOfThem(t *testing.T) {
	for _, c := range []struct {
		name, folder string
		messages     []string
		want         map[string]float64
	}{
		{"an offer", "request", []string{ask}, map[string]float64{"offered unknown": 1}},
		{"a lease, and a release", "request", []string{request, release}, map[string]float64{"granted unknown": 1, "answered unknown": 1}},
		{"a drop", "request", []string{"request 0a0b0c\n  client-id 00030001525400aabb01\n"}, map[string]float64{"dropped unknown": 1}},
		{"one who wants options only", "request", []string{"information-request 0a0b0c\n"}, map[string]float64{"answered unknown": 1}},
		{"nothing left", "status", []string{ask, strings.ReplaceAll(ask, "aabb01", "aabb02")}, map[string]float64{"offered unknown": 1, "denied unknown": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, _ := assemble(t, filepath.Join("testdata", c.folder))
			w := srv.NewWorker()
			for _, m := range c.messages {
				serve(t, w, arrival(), m)
			}
			got := metrics(t, srv.Counters())
			sum, want := 0.0, 0.0
			for name, n := range got {
				if strings.HasPrefix(name, "stage6_exchanges_total ") {
					sum += n
				}
			}
			for name, n := range c.want {
				want += n
				if got["stage6_exchanges_total "+name] != n {
					t.Errorf("%s: want %v of %v", name, n, got)
				}
			}
			if sum != want {
				t.Errorf("%v are counted, want %v", sum, want)
			}
		})
	}
}

func TestItIsCountedWhoIdentified(t *testing.T) {
	srv := provisionedServer(t, 1000)
	w := srv.NewWorker()
	msg, a := solicit(t)
	for range 3 {
		r, drop := w.Serve(t.Context(), nil, msg, a)
		advertises(t, r, drop)
	}
	got := metrics(t, srv.Counters())
	if got["stage6_identified_total relay"] != 3 || got["stage6_identified_total none"] != 0 {
		t.Errorf("got %v", got)
	}
}

// TestOneOfManyExchangesIsTimed also shows that the time of the others is not taken.
func TestOneOfManyExchangesIsTimed(t *testing.T) {
	srv := provisionedServer(t, 1000)
	w := srv.NewWorker()
	msg, a := solicit(t)
	for range 129 {
		r, drop := w.Serve(t.Context(), nil, msg, a)
		advertises(t, r, drop)
	}
	got := metrics(t, srv.Plugins())
	for _, plugin := range []string{"identify", "hosts", "pool"} {
		if n := got["stage6_plugin_seconds "+plugin]; n != 2 {
			t.Errorf("%v calls of %s were timed, want 2", n, plugin)
		}
	}
}

// TestEveryReasonIsThereFromTheStart has alarms see the first drop of a reason, too.
func TestEveryReasonIsThereFromTheStart(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := metrics(t, new(server.Counters))
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if _, imports := n.(*ast.ImportSpec); imports {
			return false
		}
		if s, ok := n.(*ast.BasicLit); ok && s.Kind == token.STRING {
			reason, _ := strconv.Unquote(s.Value)
			found++
			if _, ok := got["stage6_dropped_total "+reason]; !ok {
				t.Errorf("%s is not there", reason)
			}
		}
		return true
	})
	if _, ok := got["stage6_dropped_total truncated"]; found < 20 || len(got) < found || !ok {
		t.Errorf("found %d reasons; has the form of reason.go changed? %v", found, got)
	}
}
