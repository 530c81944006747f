package daemon

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stage6/stage6/internal/netlab"
)

// endless gives zeros for ever.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestACaptureWithoutEndIsRefused(t *testing.T) {
	var header bytes.Buffer
	if err := netlab.WritePcap(&header, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := captured(io.MultiReader(&header, endless{}), ""); err == nil || !strings.Contains(err.Error(), "longer than 64 MiB") {
		t.Errorf("got %v, want that it is too long", err)
	}
}

func TestOneReloadIsForAllWhoAskMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reloads{asked: make(chan chan<- reloaded)}
		for range 1000 {
			go func() { r.asked <- make(chan reloaded, 1) }()
		}
		synctest.Wait()
		if n := len(r.together(<-r.asked)); n != 1000 {
			t.Errorf("one reload is for %d of 1000 who ask", n)
		}
	})
}
