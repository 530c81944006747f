package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/internal/credentials"
	"github.com/stage6/stage6/internal/privilege"
)

// apiTokenFlags are those of api-token.
type apiTokenFlags struct {
	file string
	role string
}

func (p *program) apiTokenCommand() *cobra.Command {
	f := &apiTokenFlags{}
	c := &cobra.Command{
		Use:   "api-token",
		Short: "Make API tokens, and list those that there are",
		Long: `Make API tokens, with which the API is asked over TLS from other machines, and
list those of a token file. Nothing of a token but its hash is in the file: who
loses one is given another, and the line of the old one is deleted. A running
server reads the file again when it changes.

These are not the one-time tokens of machines that boot: see stage6 token.`,
		Example: `  stage6 api-token add alice --role admin --file /etc/stage6/api-tokens.yml
  stage6 api-token list`,
		Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&f.file, "file", "", "token `file`; else that of the configuration's https endpoint")
	_ = c.MarkPersistentFlagFilename("file", "yml", "yaml")
	c.AddCommand(p.apiTokenAdd(f), p.apiTokenList(f))
	return c
}

func (p *program) apiTokenAdd(f *apiTokenFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an API token, add its hash to the file and print it, once",
		Long: `Make an API token for NAME, who is in the log when it is used, add a line with
its hash to the token file, which is made if it is not there, and print the
token. It is not kept: write it into a file of whoever is to use it.`,
		Example: `  stage6 api-token add alice --role admin > alice.token
  stage6 api-token add prometheus --role read --file /etc/stage6/api-tokens.yml`,
		Args:              exactly(1, "a name"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(_ *cobra.Command, args []string) error { return p.addAPIToken(f, args[0]) },
	}
	c.Flags().StringVar(&f.role, "role", "read", "read, or admin for everything")
	_ = c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"read", "admin"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (p *program) apiTokenList(f *apiTokenFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List whose API tokens there are, and what they allow",
		Example: "  stage6 api-token list --file /etc/stage6/api-tokens.yml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return p.listAPITokens(f) },
	}
}

// tokenFile gives the file that is named, or that of the configuration.
func (p *program) tokenFile(f *apiTokenFlags) (string, error) {
	if f.file != "" {
		return f.file, nil
	}
	file, err := p.load()
	if err != nil {
		return "", err
	}
	for _, e := range file.API {
		if e.TLS.Tokens != "" {
			return file.Beside(e.TLS.Tokens), nil
		}
	}
	return "", &usageError{fmt.Errorf("%s has no https endpoint with tokens: name the file with --file", file.Path)}
}

func (p *program) addAPIToken(f *apiTokenFlags, name string) error {
	path, err := p.tokenFile(f)
	if err != nil {
		return err
	}
	var role credentials.Role
	if err := role.UnmarshalText([]byte(f.role)); err != nil {
		return &usageError{fmt.Errorf("--role %w", err)}
	}
	made, text, err := credentials.NewToken(name, role)
	if err != nil {
		return &usageError{err}
	}
	if err := p.appendToken(path, made); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, text)
	return err
}

// appendToken adds a token to a token file, which is made if it is not there.
func (p *program) appendToken(path string, t credentials.Token) error {
	data, err := os.ReadFile(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return err
	}
	line := t.Line()
	if isNew {
		line = "# API tokens: stage6 api-token add NAME adds one; delete its line to end it.\n" + line
	} else if len(data) > 0 && data[len(data)-1] != '\n' {
		line = "\n" + line
	}
	if _, err := credentials.ParseTokens(path, append(data, line...)); err != nil {
		return &usageError{err}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	if isNew {
		err = errors.Join(err, p.giveToServer(f))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// giveToServer lets the group of the server's user read a file that root made.
func (p *program) giveToServer(f *os.File) error {
	file, err := p.load()
	if err != nil || !privilege.IsRoot() {
		return nil // nobody says who the server is
	}
	user, err := lookUp(file.User)
	if err != nil || user == nil {
		return err
	}
	return f.Chown(0, user.GID)
}

func (p *program) listAPITokens(f *apiTokenFlags) error {
	path, err := p.tokenFile(f)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tokens, err := credentials.ParseTokens(path, data)
	if err != nil {
		return &usageError{err}
	}
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE")
	for _, t := range tokens {
		fmt.Fprintf(w, "%s\t%s\n", t.Name, t.Role)
	}
	return w.Flush()
}
