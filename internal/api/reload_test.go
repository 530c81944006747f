package api

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/api"
)

func TestAReloadTellsWhatIsServed(t *testing.T) {
	r, err := serve(t, &backend{}).Reload(t.Context())
	want := api.Reload{File: "/etc/stage6/config.yml", Plugins: 3, Hosts: 2, Warnings: []string{}}
	if diff := cmp.Diff(want, r); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestAReloadTellsWhatIsWrong(t *testing.T) {
	b := &backend{fail: errors.New("config.yml:3:5: dns: no address\nconfig.yml:9:1: when: no such tag")}
	var bad *api.BadRequestError
	if _, err := serve(t, b).Reload(t.Context()); !errors.As(err, &bad) || err.Error() != b.fail.Error() {
		t.Errorf("got %v", err)
	}
}
