package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Option is a setting of a Client.
type Option func(*Client) error

// WithToken shows an API token, which is only sent over TLS.
func WithToken(token string) Option {
	return func(c *Client) error {
		token = strings.TrimSpace(token)
		if token == "" {
			return errors.New("the API token is empty")
		}
		c.token = func() (string, error) { return token, nil }
		return nil
	}
}

// WithTokenFile shows the API token that a file has, which is read for each
// request, so that it can be changed.
func WithTokenFile(path string) Option {
	return func(c *Client) error {
		c.token = func() (string, error) { return readToken(path) }
		_, err := c.token()
		return err
	}
}

// maxToken is how many octets a file with a token may have.
const maxToken = 4096

func readToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	token := string(bytes.TrimSpace(data))
	if token == "" || len(data) > maxToken || strings.ContainsAny(token, " \t\r\n") {
		return "", fmt.Errorf("API token: %s: want a file that has the token and nothing else", path)
	}
	return token, nil
}

// WithCA trusts the authorities in a PEM file alone, such as that which signed
// the server's certificate, or that certificate itself.
func WithCA(path string) Option {
	return func(c *Client) error {
		pem, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("API CA: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("API CA: %s has no certificate: want a PEM file", path)
		}
		c.tls.RootCAs = pool
		return nil
	}
}

// WithPin trusts one certificate, whatever names it has, by its SHA-256
// fingerprint in hexadecimal, with or without colons.
func WithPin(fingerprint string) Option {
	return func(c *Client) error {
		want, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(fingerprint), ":", ""))
		if err != nil || len(want) != sha256.Size {
			return fmt.Errorf("API pin %q: want the 64 hexadecimal digits of openssl x509 -in CERT -noout -fingerprint -sha256", fingerprint)
		}
		c.tls.InsecureSkipVerify = true // VerifyConnection does more
		c.tls.VerifyConnection = func(s tls.ConnectionState) error {
			if got := sha256.Sum256(s.PeerCertificates[0].Raw); !bytes.Equal(got[:], want) {
				return fmt.Errorf("the server's certificate has the fingerprint %x, want %x", got, want)
			}
			return nil
		}
		return nil
	}
}

// WithCertificate shows a certificate, where the server wants one of its
// clients.
func WithCertificate(cert tls.Certificate) Option {
	return func(c *Client) error {
		c.tls.Certificates = []tls.Certificate{cert}
		return nil
	}
}
