package integ

import (
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

// TestSecretsAreNowhereButInTheirFiles uses every secret, rightly and wrongly, with
// all that the server logs, and then looks for them in all that it wrote and tells.
func TestSecretsAreNowhereButInTheirFiles(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.secrets["the boot token"] = g.loaderToken()
	for _, secret := range g.secrets {
		g.askAs(secret, guardedAt+"/v1/hosts")
		g.askAs(secret+"x", guardedAt+"/v1/hosts")
		g.askAs("", guardedAt+"/v1/hosts?token="+secret)
		g.askAs("", guardedAt+"/v1/hosts/"+secret)
		g.askAs("", "-d", "token="+secret+"x", guardedAt+"/v1/tokens/verify")
		g.askAs(g.secrets["admin"], "-X", "PUT", "-d", `{"state":"`+secret+`"`, guardedAt+"/v1/hosts/web01/state")
	}
	g.askAs("", "-d", "token="+g.secrets["the boot token"], guardedAt+"/v1/installed")
	g.server.reload()

	texts := map[string]string{"/metrics": string(g.server.scrape())}
	for _, command := range [][]string{{"explain", "web01", "--json"}, {"explain", "--drops"}, {"status", "--json"}, {"hosts", "show", "web01", "--json"}, {"leases", "--json"}} {
		out, _ := g.server.ns.Run(labtest.Context(t), g.server.binary, append(command, "--config", g.server.config())...)
		texts["stage6 "+strings.Join(command, " ")] = out
	}
	events, err := os.ReadFile(filepath.Join(g.server.dir, "log", "events.jsonl"))
	check(t, err)
	g.server.stop(asked)
	texts["the log"], texts["the events"] = g.server.process.Output.String(), string(events)
	for what, secret := range g.secrets {
		for where, text := range texts {
			if len(text) == 0 {
				t.Errorf("%s is empty", where)
			}
			if form := formIn(text, secret); form != "" {
				t.Errorf("%s has %s: %s", where, what, form)
			}
		}
	}
}

// formIn gives the form in which a text has a secret: as it is, in Base64 or in
// hexadecimal; "" if it has it in none.
func formIn(text, secret string) string {
	octets := []byte(secret)
	for _, form := range []string{secret, strings.TrimRight(base64.StdEncoding.EncodeToString(octets), "="), hex.EncodeToString(octets)} {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// TestFilesOfTheServerAreNotForOthers starts the server with a umask that hides
// nothing.
func TestFilesOfTheServerAreNotForOthers(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	seen := 0
	for _, dir := range []string{"leases", "log"} {
		check(t, filepath.WalkDir(filepath.Join(g.server.dir, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o027 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			seen++
			return err
		}))
	}
	if seen < 6 { // two folders, the events, and a store of several files
		t.Errorf("%d files seen", seen)
	}
}
