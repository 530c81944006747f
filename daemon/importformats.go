package daemon

import (
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/dnsmasq"
	"github.com/stage6/stage6/internal/migrate/isc"
	"github.com/stage6/stage6/internal/migrate/kea"
)

// foreignFormats are the formats of other servers that import and export know.
func foreignFormats() migrate.Formats {
	return migrate.Formats{
		kea.Format(),
		isc.Format(),
		dnsmasq.Format(),
	}
}
