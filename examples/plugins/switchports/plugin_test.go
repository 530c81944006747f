package switchports

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	"github.com/stage6/stage6/plugins/hosts"
	"github.com/stage6/stage6/plugins/identify"
)

// plugins are the source, and what makes use of it.
func plugins() []pipeline.Plugin { return []pipeline.Plugin{Plugin, identify.Plugin, hosts.Plugin} }

func TestExchanges(t *testing.T) { pipelinetest.Run(t, "testdata/*.txtar", plugins()) }

func TestFilesThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"ge-0/0/1\n": "ports.csv: record on line 1: wrong number of fields",
		"ge-0/0/1, 52:54:00:aa:bb:01\nge-0/0/2, elephant\n":          "ports.csv:2: ",
		"ge-0/0/1, 52:54:00:aa:bb:01\nge-0/0/1, 52:54:00:aa:bb:02\n": `ports.csv:2: port "ge-0/0/1" stands twice`,
	} {
		if _, err := parse("ports.csv", strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestTheFileIsReadAgainWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "ports.csv")
		write(t, file, "ge-0/0/1, 52:54:00:aa:bb:01\n")
		log := logrus.New()
		log.SetOutput(io.Discard)
		s, err := newSource(config{file}, pipeline.Env{Log: logrus.NewEntry(log), Path: func(name string) string { return name }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(context.Background())
		go func() { _ = s.(*source).Run(ctx) }()
		for _, c := range []struct {
			text string
			want int // how many ports are known then
		}{
			{"ge-0/0/1, 52:54:00:aa:bb:01\nge-0/0/2, 52:54:00:aa:bb:02\n", 2},
			{"this is no table\n", 2},
			{"ge-0/0/3, 52:54:00:aa:bb:03\n", 1},
		} {
			write(t, file, c.text)
			time.Sleep(lookEvery)
			synctest.Wait()
			if n := len(*s.(*source).table.Load()); n != c.want {
				t.Errorf("%q: %d ports are known, want %d", c.text, n, c.want)
			}
		}
		end()
		synctest.Wait()
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
