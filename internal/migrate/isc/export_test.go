package isc

import (
	"testing"

	"github.com/stage6/stage6/internal/migrate/migratetest"
)

func TestHostsAreTheSameAfterExportAndImport(t *testing.T) {
	migratetest.RoundTrip(t, Format(), migratetest.Hosts(holds))
}
