package strict_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stage6/stage6/internal/strict"
)

// FuzzDecode asserts that every text is decoded or refused with places that
// are in it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "text: a\r\nflag: on\n", "\ufefflist: [a, &x b, *x]\n", "text: ! tag.x\n",
		"fields: 2001:db8::1 2001:db8::2\npool: {range: 2001:db8::/32, length: 56}\n",
		"address: 2001:db8::\n", "list: [ff02::1:2%eth0]:547\n", "rules: {a: 'b', a: c}\n",
		"list: &x [*x]\n", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "<<: {a: 1}\n",
		"text: a\n---\ntext: b\n", "own: {a: [1], ? [b] : c}\n", "foreign: {a: 1}\n", "map: {a: 1, A: 300}\n",
		"\ttext: a\n", "text: \xff\n", "- |\n  a\n- >-\n  b\n", "%YAML 1.1\n---\ntext: a\u2028b\n...\n",
		strings.Repeat("[", 70),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), 4096)] // longer ones are slow and find nothing new
		err := decode(string(data), &everything{})
		if err == nil {
			return
		}
		for _, e := range places(t, err) {
			if e.File != "config.yml" || e.Line < 1 || e.Line > len(data)+1 || e.Column < 1 || e.Column > len(data)+2 {
				t.Fatalf("%q: error at %d:%d: %v", data, e.Line, e.Column, e)
			}
		}
	})
}

// places gives the errors in err, which must all have places.
func places(t *testing.T, err error) strict.Errors {
	t.Helper()
	var one *strict.Error
	var many strict.Errors
	switch {
	case errors.As(err, &many):
		return many
	case errors.As(err, &one):
		return strict.Errors{one}
	}
	t.Fatalf("an error without a place: %v", err)
	return nil
}
