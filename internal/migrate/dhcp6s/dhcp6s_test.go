package dhcp6s

import (
	"testing"

	"github.com/stage6/stage6/internal/migrate/migratetest"
)

func TestConfigurationsAreImported(t *testing.T) {
	migratetest.Golden(t, "testdata/*.txtar", Format())
}

func FuzzImport(f *testing.F) {
	migratetest.Fuzz(f, "testdata/*.txtar", Format())
}

func TestHostsAreTheSameAfterExportAndImport(t *testing.T) {
	migratetest.RoundTrip(t, Format(), migratetest.Hosts(holds))
}
