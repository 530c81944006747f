package server_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stage6/stage6/internal/explain"
	"github.com/stage6/stage6/internal/history"
)

// FuzzExplain has any datagram served and explained: what is told is text that no
// terminal obeys, of a length that the datagram allows.
func FuzzExplain(f *testing.F) {
	for _, d := range captured(f) {
		f.Add(d, false)
	}
	msg, _ := solicit(f)
	f.Add(msg, true)
	addHostile(f)
	srv, _ := assemble(f, filepath.Join("testdata", "everything"))
	ring := history.New(history.Options{Memory: 1 << 20})
	srv.SetHistory(ring)
	w := srv.NewWorker()
	f.Fuzz(func(t *testing.T, datagram []byte, relay bool) {
		_, drop := w.Serve(context.Background(), nil, datagram, arrivalFrom(relay))
		found := ring.Find(ring.Last()-1, 1, func(*history.Record) bool { return true })
		if len(found) != 1 || found[0].Drop != drop {
			t.Fatalf("%d are kept of a datagram with drop %q", len(found), drop)
		}
		told := explain.Of(found[0], explain.Surroundings{})
		var b bytes.Buffer
		if err := explain.Story(&b, &told, time.UTC); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("told is %q", text)
		}
		if most := 20_000 + 100*len(datagram); b.Len() > most {
			t.Errorf("%d octets are told of %d, want at most %d", b.Len(), len(datagram), most)
		}
	})
}
