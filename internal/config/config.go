// Package config reads the configuration file as a checked value. It knows
// everything in the file but the plugins' own settings, which stay nodes with
// their places until the plugins decode them.
package config

import (
	"path/filepath"
	"time"

	"github.com/stage6/stage6/internal/strict"
)

// Where things are unless the configuration says otherwise.
const (
	defaultLeases = "/var/lib/stage6"
	defaultAPI    = "unix:/run/stage6/api.sock"
)

// File is a configuration.
type File struct {
	Path    string    `yaml:"-"` // of the file
	Leases  Store     // where leases are kept
	API     Endpoints // where the API answers; none when empty
	Log     Log
	Events  Sinks   // where events go beside the API
	User    User    // whom root becomes once it has its sockets; nobody stays who it is
	Server6 Server6 `config:"required"`
	Server4 server4 `config:"unlisted"`
	Reload  Reload  // when the configuration is read again without being asked for

	Node strict.Node `yaml:"-"` // all of it, as it is written
}

// User names a user of this machine.
type User struct {
	Name string
	Node strict.Node // where the name is
}

// DecodeNode reads a name.
func (u *User) DecodeNode(n strict.Node) error {
	name, err := n.Text()
	*u = User{name, n}
	return err
}

// Log is how the log is written.
type Log struct {
	Level  LogLevel
	Format LogFormat
}

// Beside gives the path of a file that the configuration names: what does not
// begin with a slash is in the configuration's folder.
func (f *File) Beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(f.Path), name)
}

// Parse reads a configuration; path is the name that errors give it. Its error
// is everything that is wrong, with places.
func Parse(path string, data []byte) (File, error) {
	leases := strict.Scalar("default", "leases", defaultLeases)
	f := File{
		Path:   path,
		Leases: Store{Plugin: "pebble", Config: leases, Node: leases},
		API:    Endpoints{{URL: defaultAPI}},
		Log:    Log{Level: "info", Format: "text"},
		Server6: Server6{
			Listen:            defaultListen(),
			DeclineQuarantine: 24 * time.Hour,
			TokenLifetime:     24 * time.Hour,
			RSOO:              Codes{erpLocalDomainName},
			Queue:             4096,
			Limits:            defaultLimits(),
			History:           defaultHistory,
			LinkWatch:         defaultLinkWatch(),
		},
	}
	n, err := strict.Parse(path, data)
	if err != nil {
		return File{}, err
	}
	if err := strict.Decode(n, &f); err != nil {
		return File{}, err
	}
	f.Node = n
	return f, nil
}

// server4 is CoreDHCP's part for DHCPv4, which is refused.
type server4 struct{}

// DecodeNode always gives an error.
func (*server4) DecodeNode(n strict.Node) error {
	return n.Err("stage6 serves DHCPv6 only: remove this part, or run CoreDHCP for it")
}
