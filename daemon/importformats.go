package daemon

import (
	"github.com/stage6/stage6/internal/migrate"
	"github.com/stage6/stage6/internal/migrate/cisco"
	"github.com/stage6/stage6/internal/migrate/coredhcp"
	"github.com/stage6/stage6/internal/migrate/csvhosts"
	"github.com/stage6/stage6/internal/migrate/dhcp6s"
	"github.com/stage6/stage6/internal/migrate/dnsmasq"
	"github.com/stage6/stage6/internal/migrate/hostlist"
	"github.com/stage6/stage6/internal/migrate/isc"
	"github.com/stage6/stage6/internal/migrate/kea"
	"github.com/stage6/stage6/internal/migrate/wide"
)

// foreignFormats are the formats of other servers that import and export know.
func foreignFormats() migrate.Formats {
	return migrate.Formats{
		kea.Format(),
		isc.Format(),
		dnsmasq.Format(),
		coredhcp.Format(),
		wide.Format(),
		dhcp6s.Format(),
		cisco.Format(),
		csvhosts.Format(),
		hostlist.Format(),
	}
}
