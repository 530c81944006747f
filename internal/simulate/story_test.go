package simulate

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest"
	pdns "github.com/stage6/stage6/plugins/dns"
	phosts "github.com/stage6/stage6/plugins/hosts"
	pidentify "github.com/stage6/stage6/plugins/identify"
	pignore "github.com/stage6/stage6/plugins/ignore"
	plifetimes "github.com/stage6/stage6/plugins/lifetimes"
	pmemory "github.com/stage6/stage6/plugins/memory"
	pnbp "github.com/stage6/stage6/plugins/nbp"
	poption "github.com/stage6/stage6/plugins/option"
	ppool "github.com/stage6/stage6/plugins/pool"
	ppreference "github.com/stage6/stage6/plugins/preference"
	pprefix "github.com/stage6/stage6/plugins/prefix"
	pserverid "github.com/stage6/stage6/plugins/server_id"
	ptag "github.com/stage6/stage6/plugins/tag"
)

// Each file of testdata/stories is a configuration, a plan, the wait for an
// answer, and the story of a machine that boots after the plan against the server
// of that configuration.
// UPDATE_GOLDEN=1 rewrites the stories.
func TestAStoryTellsWhatTheServerMakesOfAMachine(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, archive)
			if os.Getenv("UPDATE_GOLDEN") != "" {
				update(t, file, archive, got)
				return
			}
			if diff := cmp.Diff(fileOf(t, archive, "story"), got); diff != "" {
				t.Errorf("story (-want +got):\n%s", diff)
			}
		})
	}
}

// fileOf gives a file of an archive.
func fileOf(t *testing.T, a *txtar.Archive, name string) string {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("no %s", name)
	return ""
}

func update(t *testing.T, file string, a *txtar.Archive, story string) {
	t.Helper()
	for i := range a.Files {
		if a.Files[i].Name == "story" {
			a.Files[i].Data = []byte(story)
		}
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tell lets a machine boot and gives its story. No time passes in it.
func tell(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	plan, m := mustPlan(t, strings.TrimSpace(fileOf(t, archive, "plan"))), NewMachine(testMAC, virtualUUID, 1)
	link := pipelinetest.Interface{Name: "prov0", Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}
	server := pipelinetest.New(t, ".", fileOf(t, archive, "config.yml"), []pipelinetest.Interface{link}, storyPlugins())
	from := netip.AddrPortFrom(m.LinkLocal(), 546)
	socket := newFakeSocket(func(datagram []byte) [][]byte {
		reply := server.Serve(pipelinetest.Datagram{From: from, To: netip.MustParseAddr("ff02::1:2"), Data: datagram})
		if reply.Data == nil {
			return nil
		}
		return [][]byte{reply.Data}
	})
	var out strings.Builder
	story := NewStory(&out, m, plan)
	b := Boot{
		Plan: plan, Carrier: carrierOver(t, socket, nil), Watch: story,
		Timing: timing(t, fileOf(t, archive, "wait")),
		Clock:  func() time.Time { return pipelinetest.Start },
	}
	story.End(b.Run(t.Context(), m))
	return out.String()
}

// timing is two tries, the second after a wait. Where the server answers it is
// long, so that a slow computer tells the same story.
func timing(t *testing.T, wait string) Timing {
	t.Helper()
	first, err := time.ParseDuration(strings.TrimSpace(wait))
	if err != nil {
		t.Fatal(err)
	}
	return Timing{Tries: 2, First: first}
}

func storyPlugins() []pipeline.Plugin {
	return []pipeline.Plugin{
		pmemory.Plugin, pignore.Plugin, pserverid.Plugin, pidentify.Plugin, phosts.Plugin, ptag.Plugin, plifetimes.Plugin, ppreference.Plugin,
		ppool.Plugin, pprefix.Plugin, pdns.Plugin, pnbp.Plugin, poption.Plugin,
	}
}
