package isc

import (
	"testing"

	"github.com/stage6/stage6/internal/migrate/migratetest"
)

func TestConfigurationsAreImported(t *testing.T) {
	migratetest.Golden(t, "testdata/*.txtar", Format())
}
