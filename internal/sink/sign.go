package sink

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// minKey is how many octets a key has at least.
const minKey = 16

// ParseKey reads a key as it stands in a file: after whsec_ in base64, else as it
// is. White space around it does not belong to it. Errors do not show it.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	key := []byte(text)
	if coded, ok := strings.CutPrefix(text, "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, errors.New("want base64 after whsec_")
		}
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("a key of %d octets, want at least %d, such as head -c 24 /dev/urandom | base64 gives", len(key), minKey)
	}
	return key, nil
}

// ParseToken reads a token as it stands in a file.
func ParseToken(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("want one word of ASCII characters")
	}
	return text, nil
}

// signature signs a request as standardwebhooks.com has it.
func signature(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, stamp)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
