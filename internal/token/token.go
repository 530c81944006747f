// Package token makes one-time boot tokens and knows them again. A token names
// a host, says until when it counts, and is sealed with a key that only the
// server has, so that making one writes nothing and knowing it looks nothing up
// but the host. That it counts once is a counter of the host's, which is in the
// seal: it rises when a token is used and when the host is to be installed
// anew, and no token from before it rose is right again, whatever the clock
// says.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"time"
)

// Length is how many characters a token has: letters, digits, "-" and "_".
const Length = 32

// The parts of a token, in octets.
const (
	untilSize = 4 // minutes since 1970
	hashSize  = 4 // of the host's name
	sealSize  = 16
	size      = untilSize + hashSize + sealSize
)

// token is a token in octets: until when, for which host, and the seal. The
// time comes first since it keeps "-", which begins options of commands, from
// being the first character.
type token [size]byte

// errForm says that a text cannot be a token.
var errForm = errors.New("not a token")

// parse reads a token.
func parse(text string) (t token, err error) {
	if len(text) != Length {
		return t, errForm
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) != size {
		return t, errForm
	}
	return token(data), nil
}

// text gives a token as it is written.
func (t *token) text() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

func (t *token) minutes() uint32  { return binary.BigEndian.Uint32(t[:untilSize]) }
func (t *token) until() time.Time { return time.Unix(int64(t.minutes())*60, 0).UTC() }
func (t *token) hash() uint32     { return binary.BigEndian.Uint32(t[untilSize : untilSize+hashSize]) }
func (t *token) seal() []byte     { return t[untilSize+hashSize:] }

// newToken seals a token.
func newToken(key []byte, name string, counter uint64, minutes uint32) (t token) {
	binary.BigEndian.PutUint32(t[:], minutes)
	binary.BigEndian.PutUint32(t[untilSize:], hashOf(name))
	copy(t.seal(), sealOf(key, name, counter, minutes))
	return t
}

// purpose keeps seals apart from whatever else the key might be used for.
const purpose = "stage6 boot token 1\x00"

// sealOf authenticates what a token says, of which all but the name has a
// fixed length.
func sealOf(key []byte, name string, counter uint64, minutes uint32) []byte {
	message := append(make([]byte, 0, len(purpose)+12+len(name)), purpose...)
	message = binary.BigEndian.AppendUint32(message, minutes)
	message = binary.BigEndian.AppendUint64(message, counter)
	message = append(message, name...)
	h := hmac.New(sha256.New, key)
	h.Write(message) // a hash takes everything
	return h.Sum(nil)[:sealSize]
}

// hashOf gives what stands for a host's name in tokens. It finds the host
// again; the seal tells whether it is the one.
func hashOf(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return h.Sum32()
}
