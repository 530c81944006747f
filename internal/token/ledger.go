package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/lease"
)

// The names of what is kept in the store: the key, and one record for each host
// whose tokens were retired.
const (
	keyName      = "token-key"
	recordPrefix = "host-token/"
)

const keySize = 32

// Ledger makes tokens for the known hosts, and knows which of them count. It is
// safe for concurrent use.
type Ledger struct {
	hosts    *host.Registry
	lifetime uint32 // in minutes
	step     uint32 // in minutes: what ends within the same step ends with it
	index    index

	mu      sync.RWMutex
	key     []byte // nil before Load
	records map[string]record
	made    map[string]made // the tokens that hosts have at the moment
}

// made is a token that was made, so that it need not be sealed anew for each
// message.
type made struct {
	minutes uint32
	text    string
}

// steps is how many tokens with different ends a host has in one lifetime: one
// is the same in all messages of a boot, but for those across a step.
const steps = 24

// NewLedger makes a ledger for hosts, whose tokens count for the lifetime and up
// to a 24th of it longer. It makes and knows none before Load.
func NewLedger(hosts *host.Registry, lifetime time.Duration) *Ledger {
	minutes := uint32(max(1, lifetime/time.Minute))
	return &Ledger{
		hosts: hosts, lifetime: minutes, step: max(1, minutes/steps),
		records: map[string]record{}, made: map[string]made{},
	}
}

// Load reads what a store keeps. The key is made of random if there is none, and
// is durable before a token is sealed with it.
func (l *Ledger) Load(ctx context.Context, store lease.Store, random io.Reader) error {
	key, err := loadKey(ctx, store, random)
	if err != nil {
		return err
	}
	records := map[string]record{}
	err = store.Values(ctx, recordPrefix, func(name string, value []byte) (err error) {
		records[strings.TrimPrefix(name, recordPrefix)], err = decodeRecord(name, value)
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.key, l.records = key, records
	return nil
}

func loadKey(ctx context.Context, store lease.Store, random io.Reader) ([]byte, error) {
	key, err := store.Get(ctx, keyName)
	switch {
	case err == nil && len(key) != keySize:
		return nil, fmt.Errorf("damaged value %q: restore the leases from a backup", keyName)
	case !errors.Is(err, lease.ErrNotFound):
		return key, err
	}
	key = make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	return key, store.Put(ctx, keyName, key)
}

// Token gives the token that a host has at a time. Within a step of its lifetime
// it is the same one. Before Load there is none, which is empty.
func (l *Ledger) Token(host string, now time.Time) string {
	minutes := l.minutes(now)
	l.mu.RLock()
	m, ok := l.made[host]
	l.mu.RUnlock()
	if !ok || m.minutes != minutes {
		m = l.seal(host, minutes)
	}
	return m.text
}

// minutes gives the end of tokens that are made now, in minutes since 1970.
func (l *Ledger) minutes(now time.Time) uint32 {
	return (uint32(now.Unix()/60)/l.step+1)*l.step + l.lifetime
}

// spare is how many tokens of hosts that are not known any more are kept.
const spare = 1024

// seal makes a token and keeps it for the next messages.
func (l *Ledger) seal(host string, minutes uint32) made {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == nil {
		return made{}
	}
	if len(l.made) > l.hosts.Len()+spare {
		clear(l.made)
	}
	t := newToken(l.key, host, l.records[host].Counter, minutes)
	m := made{minutes, t.text()}
	l.made[host] = m
	return m
}

// Retire gives the value by which all tokens that a host has come to count no
// more. Once it is durable, done is to be called. Who calls Retire does so for
// one host at a time.
func (l *Ledger) Retire(host string, r Retirement) (value lease.Value, done func(), err error) {
	l.mu.RLock()
	next := l.records[host].after(r)
	l.mu.RUnlock()
	data, err := next.encode()
	return lease.Value{Name: recordPrefix + host, Data: data}, func() { l.put(host, next) }, err
}

func (l *Ledger) put(host string, r record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records[host] = r
	delete(l.made, host)
}
