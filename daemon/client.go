package daemon

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/config"
)

// clientSetting is a flag, and the variable that stands in for it, of those who
// ask a server over TLS.
type clientSetting struct {
	flag, usage string
	option      func(string) api.Option
}

func clientSettings() []clientSetting {
	return []clientSetting{
		{"api-token-file", "`file` with the API token for an https:// API, alone in it", api.WithTokenFile},
		{"api-ca", "PEM `file` of who signed the certificate of an https:// API; else whom the system trusts", api.WithCA},
		{"api-pin", "SHA-256 `fingerprint` of the certificate of an https:// API, in the place of trust in who signed it", api.WithPin},
	}
}

func (s clientSetting) variable() string {
	return "STAGE6_" + strings.ToUpper(strings.ReplaceAll(s.flag, "-", "_"))
}

// addClientFlags adds the flags of those who ask a server.
func addClientFlags(flags *pflag.FlagSet) {
	for _, s := range clientSettings() {
		flags.String(s.flag, "", s.usage+"; else "+s.variable())
	}
}

// completeClientFlags completes their files.
func completeClientFlags(root *cobra.Command) {
	for _, flag := range []string{"api-token-file", "api-ca"} {
		_ = root.MarkPersistentFlagFilename(flag)
	}
}

// client makes a client of the server that --api, STAGE6_API or the
// configuration names.
func (p *program) client() (*api.Client, error) {
	if socket := p.socket(); socket != "" {
		options, err := p.clientOptions(socket)
		if err != nil {
			return nil, err
		}
		c, err := api.NewClient(socket, options...)
		if err != nil {
			return nil, &usageError{fmt.Errorf("--api: %w", err)}
		}
		return c, nil
	}
	file, err := p.load()
	if err != nil {
		return nil, err
	}
	return clientOf(file)
}

// clientOptions gives what the flags and variables say about TLS.
func (p *program) clientOptions(address string) (options []api.Option, err error) {
	for _, s := range clientSettings() {
		value := p.flags.Lookup(s.flag).Value.String()
		if value == "" {
			value = os.Getenv(s.variable())
		}
		if value != "" {
			options = append(options, s.option(value))
		}
	}
	if !strings.HasPrefix(address, "https://") {
		return nil, nil // variables may be set for another server
	}
	if token := os.Getenv("STAGE6_API_TOKEN"); token != "" && p.flags.Lookup("api-token-file").Value.String() == "" {
		options = append(options, api.WithToken(token))
	}
	return options, nil
}

// socket gives where --api or STAGE6_API says that the server answers, or
// nothing: the first of several, as a server has them.
func (p *program) socket() string {
	value := p.flags.Lookup("api").Value.String()
	if value == "" {
		value = os.Getenv("STAGE6_API")
	}
	for _, endpoint := range strings.Fields(value) {
		return endpoint
	}
	return ""
}

func clientOf(file config.File) (*api.Client, error) {
	for _, endpoint := range file.API {
		if _, ok := endpoint.Socket(); ok {
			return api.NewClient(endpoint.URL)
		}
	}
	return nil, &usageError{fmt.Errorf("%s has no api on a socket: add api: unix:/run/stage6/api.sock, restart the server, and ask again, or ask at its https:// endpoint with --api and --api-token-file", file.Path)}
}

// explainAccess says what to do where the server wants to know who asks.
func explainAccess(err error) error {
	var unknown *api.UnauthorizedError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w: name the file of an API token with --api-token-file, which stage6 api-token makes on the server", err)
	}
	return err
}
