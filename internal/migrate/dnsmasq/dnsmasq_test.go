package dnsmasq

import (
	"testing"

	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/migratetest"
)

func TestConfigurationsAreImported(t *testing.T) {
	migratetest.Golden(t, "testdata/*.txtar", Format())
}

func FuzzImport(f *testing.F) {
	migratetest.Fuzz(f, "testdata/*.txtar", Format(), "conf-", "sfile", "sdir")
}

func TestAFileThatCannotBeUnderstoodIsAnErrorWithItsLine(t *testing.T) {
	source := migrate.NewSource("dnsmasq.conf", []byte("port=0\ndhcp-option=option6:59,\"http://\n"))
	err := importConfig([]*migrate.Source{source}, &migrate.Config{}, &migrate.Report{})
	const want = `dnsmasq.conf:2: a quote (") is missing at the end of the line`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
