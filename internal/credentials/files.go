package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Files are where the credentials of an endpoint are.
type Files struct {
	Cert, Key string
	Tokens    string
	ClientCA  string // nothing: clients need no certificate
}

// paths gives the files that there are.
func (f Files) paths() []string {
	paths := []string{f.Cert, f.Key, f.Tokens}
	if f.ClientCA != "" {
		paths = append(paths, f.ClientCA)
	}
	return paths
}

// contents is what the files say.
type contents struct {
	tokens  []Token
	tls     *tls.Config
	expires time.Time // when the certificate does
}

// read reads the files.
func (f Files) read() (*contents, error) {
	tokens, err := readTokens(f.Tokens)
	if err != nil {
		return nil, err
	}
	pair, err := f.readPair()
	if err != nil {
		return nil, err
	}
	c := &contents{tokens, &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}, pair.Leaf.NotAfter}
	if f.ClientCA == "" {
		return c, nil
	}
	c.tls.ClientAuth = tls.RequireAndVerifyClientCert
	c.tls.ClientCAs, err = readAuthorities(f.ClientCA)
	return c, err
}

// readTokens reads a token file, which only its owner and group may read.
func readTokens(path string) ([]Token, error) {
	data, err := readSecret("tokens", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tokens: %s is not there: make it with stage6 api-token add NAME --role admin --file %[1]s", path)
	}
	if err != nil {
		return nil, err
	}
	tokens, err := ParseTokens(path, data)
	if err == nil && len(tokens) == 0 {
		err = fmt.Errorf("tokens: %s has no tokens: make one with stage6 api-token add NAME --role admin --file %[1]s", path)
	}
	return tokens, err
}

// readPair reads the certificate with its key.
func (f Files) readPair() (tls.Certificate, error) {
	cert, err := readFile("cert", f.Cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readSecret("key", f.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return pair, fmt.Errorf("cert %s, key %s: %w: want PEM files of a certificate and of its private key", f.Cert, f.Key, err)
	}
	return pair, nil
}

// readAuthorities reads the certificates of authorities.
func readAuthorities(path string) (*x509.CertPool, error) {
	data, err := readFile("client_ca", path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("client_ca: %s has no certificate: want a PEM file of the authority that signs those of clients", path)
	}
	return pool, nil
}

// maxFile is how many octets each file may have.
const maxFile = 1 << 20

// readFile reads a file; key is what the configuration calls it.
func readFile(key, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(key, path, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	err = errors.Join(err, f.Close())
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("more than %d octets", maxFile)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", key, path, err)
	}
	return data, nil
}

// unreadable says what to do about a file that cannot be opened.
func unreadable(key, path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w: let the server's user %d read it, such as with chgrp and chmod 0640", key, err, os.Geteuid())
	}
	return fmt.Errorf("%s: %w", key, err)
}

// readSecret reads a file that nobody but its owner and group may read, and
// nobody but its owner may write.
func readSecret(key, path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, unreadable(key, path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %s is no file", key, path)
	case info.Mode().Perm()&^0o640 != 0:
		return nil, fmt.Errorf("%s: %s has the mode %#o, and its secrets are for its owner and group alone: chmod 0640 %[2]s", key, path, info.Mode().Perm())
	}
	return readFile(key, path)
}
