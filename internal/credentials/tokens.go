// Package credentials knows who may use the API from other machines: the API
// tokens of an endpoint and its certificate, both read from files, and read
// again when these change.
package credentials

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/stage6/stage6/internal/strict"
)

// Role is what whoever has an API token may do: read, or everything.
type Role string

// The roles.
const (
	Read  Role = "read"
	Admin Role = "admin"
)

// UnmarshalText reads a role.
func (r *Role) UnmarshalText(text []byte) error {
	if *r = Role(text); *r != Read && *r != Admin {
		return fmt.Errorf("%q: want read or admin", text)
	}
	return nil
}

// Token is one API token. The token itself is not kept.
type Token struct {
	Name   string
	Role   Role
	digest [sha256.Size]byte
}

// NewToken makes an API token that nobody can guess, and the text that stands
// for it: 256 random bits behind a prefix by which people and programs that look
// for secrets in texts know what it is.
func NewToken(name string, role Role) (Token, string, error) {
	if err := checkName(name); err != nil {
		return Token{}, "", err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it ends the program rather than failing
	text := "s6_" + base64.RawURLEncoding.EncodeToString(secret)
	return Token{name, role, sha256.Sum256([]byte(text))}, text, nil
}

// Line gives the line of a token file that stands for the token.
func (t Token) Line() string {
	return fmt.Sprintf("- {name: %s, role: %s, hash: %s%s}\n", t.Name, t.Role, hashPrefix, hex.EncodeToString(t.digest[:]))
}

const (
	hashPrefix = "sha256:"
	// leastPlain is how many characters a token that somebody made up must have:
	// a hash of a shorter one could be tried.
	leastPlain = 24
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

func checkName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("name %q: want 1 to 64 letters, digits and . _ @ -, beginning with a letter or digit", name)
	}
	return nil
}

// entry is a token as a token file has it.
type entry struct {
	Name  name `config:"required"`
	Role  Role `config:"required"`
	Hash  digest
	Token plain
	node  strict.Node
}

// name is that of a token, which is in the log.
type name string

// UnmarshalText reads a name.
func (n *name) UnmarshalText(text []byte) error {
	*n = name(text)
	return checkName(string(text))
}

// digest is the hash of a token; nil where there is none.
type digest []byte

// UnmarshalText reads sha256: and 64 hexadecimal digits.
func (d *digest) UnmarshalText(text []byte) error {
	rest, ok := strings.CutPrefix(string(text), hashPrefix)
	sum, err := hex.DecodeString(rest)
	if !ok || err != nil || len(sum) != sha256.Size {
		return errors.New("want sha256: and 64 hexadecimal digits, as stage6 api-token writes it: printf %s TOKEN | sha256sum")
	}
	*d = sum
	return nil
}

// plain is a token as it is.
type plain string

// UnmarshalText reads a token. Errors do not show it.
func (p *plain) UnmarshalText(text []byte) error {
	*p = plain(text)
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return errors.New("a token has a character that no header can have: want letters, digits and signs of ASCII")
		}
	}
	if len(text) < leastPlain {
		return fmt.Errorf("a token of %d characters can be guessed: want at least %d, as openssl rand -hex 32 gives them", len(text), leastPlain)
	}
	return nil
}

// DecodeNode reads an entry.
func (e *entry) DecodeNode(n strict.Node) error {
	type fields entry
	var f fields
	if err := strict.Decode(n, &f); err != nil {
		return err
	}
	*e = entry(f)
	e.node = n
	if (e.Hash == nil) == (e.Token == "") {
		return n.Err("want either hash, which stage6 api-token writes, or token")
	}
	return nil
}

// token gives the token that the entry stands for.
func (e *entry) token() Token {
	t := Token{Name: string(e.Name), Role: e.Role}
	if e.Hash != nil {
		t.digest = [sha256.Size]byte(e.Hash)
	} else {
		t.digest = sha256.Sum256([]byte(e.Token))
	}
	return t
}

// ParseTokens reads a token file, a list of tokens; path is the name that errors
// give it. Each name and each token may be there once.
func ParseTokens(path string, data []byte) ([]Token, error) {
	n, err := strict.Parse(path, data)
	if err != nil || n.Kind() == strict.Null {
		return nil, err
	}
	var entries []entry
	if err := strict.Decode(n, &entries); err != nil {
		return nil, err
	}
	var tokens []Token
	var errs []error
	for i := range entries {
		t := entries[i].token()
		errs = append(errs, entries[i].node.Wrap(clash(tokens, t)))
		tokens = append(tokens, t)
	}
	return tokens, strict.Join(errs...)
}

// clash says which token has the name or the digest of t already.
func clash(tokens []Token, t Token) error {
	for _, o := range tokens {
		switch {
		case o.Name == t.Name:
			return fmt.Errorf("the name %q is there already: want another one, so that the log tells who it was", t.Name)
		case o.digest == t.digest:
			return fmt.Errorf("%q has the token of %q: want one for each", t.Name, o.Name)
		}
	}
	return nil
}

// find gives the token that a text is, in a time that does not tell how near it
// comes.
func find(tokens []Token, text string) (found Token, ok bool) {
	digest := sha256.Sum256([]byte(text))
	for i := range tokens {
		if subtle.ConstantTimeCompare(tokens[i].digest[:], digest[:]) == 1 {
			found, ok = tokens[i], true
		}
	}
	return found, ok
}
