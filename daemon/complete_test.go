package daemon

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// leasesAnswer is a server that answers everything with two leases, and gives
// the address of its API.
func leasesAnswer(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "api.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"leases":[{"prefix":"2001:db8:10::101/128","host":"web01"},{"prefix":"2001:db8:f001::/56"}]}`)
	})}
	go func() { _ = web.Serve(l) }()
	t.Cleanup(func() { _ = web.Close() })
	return "unix:" + path
}

func TestLeasesAreCompleted(t *testing.T) {
	api := leasesAnswer(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an address with its host": {[]string{"show", "2001:db8:1"}, "2001:db8:10::101\tweb01\n:4\n"},
		"a prefix":                 {[]string{"release", "2001:db8:f"}, "2001:db8:f001::/56\n:4\n"},
		"one is enough":            {[]string{"show", "2001:db8:10::101", "2"}, ":4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			run(t.Context(), nil, append([]string{"__complete", "--api", api, "leases"}, c.args...), &stdout, &stderr)
			if diff := cmp.Diff(c.want, stdout.String()); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, stderr.String())
			}
		})
	}
}
