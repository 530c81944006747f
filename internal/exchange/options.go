package exchange

import (
	"encoding/binary"

	"github.com/insomniacslk/dhcp/dhcpv6"
)

// Level says who wants an option. A higher level wins over a lower one; within
// a level the first wins, unless it is replaced.
type Level uint8

// The levels, lowest first.
const (
	Plugin Level = iota
	Pool
	Host
)

// OptionKey names an option of the reply: its code, and for the vendor options
// (16, 17), which may stand once for each enterprise, its enterprise number.
type OptionKey struct {
	Code       uint16
	Enterprise uint32
}

// KeyOf gives the key of an option with its data.
func KeyOf(code dhcpv6.OptionCode, data []byte) OptionKey {
	k := OptionKey{Code: uint16(code)}
	if (code == dhcpv6.OptionVendorClass || code == dhcpv6.OptionVendorOpts) && len(data) >= 4 {
		k.Enterprise = binary.BigEndian.Uint32(data)
	}
	return k
}

// Option is one option proposed for the reply.
type Option struct {
	Key     OptionKey
	Wire    []byte // one or several whole options, code and length included
	Level   Level
	By      string
	Unasked bool // sent also if the client does not ask for it; see Force
	Verdict Verdict
}

// Verdict is what became of a proposed option.
type Verdict uint8

// The verdicts.
const (
	NotAsked  Verdict = iota // the client did not ask for it
	Sent                     // it is in the reply
	Never                    // the configuration never sends it
	Elsewhere                // it is for other types of messages
	NotFirst                 // another one of its key stands
	TakenBack                // a plugin or the server took it back
	Replaced                 // another one took its place
)

// Passed is a proposal that does not stand.
type Passed struct {
	Key     OptionKey
	By      string
	For     string // who has its place; nothing when it was taken back
	Verdict Verdict
}

// maxPassed bounds the proposals that are remembered though they do not stand.
const maxPassed = 32

// Options are the options proposed for the reply, each key once.
type Options struct {
	entries []Option
	passed  []Passed
}

// pass remembers a proposal that does not stand.
func (l *Options) pass(o *Option, by string, v Verdict) {
	if len(l.passed) < maxPassed {
		l.passed = append(l.passed, Passed{o.Key, o.By, by, v})
	}
}

// Passed gives the proposals that do not stand, of which the first 32 are
// remembered. The slice belongs to the list.
func (l *Options) Passed() []Passed { return l.passed }

// Set proposes o. It takes the place of what is proposed for the same key at a
// lower level, and, with replace, at the same level. It says whether o stands.
func (l *Options) Set(o Option, replace bool) bool {
	for i := range l.entries {
		e := &l.entries[i]
		if e.Key != o.Key {
			continue
		}
		if o.Level < e.Level || (o.Level == e.Level && !replace) {
			l.pass(&o, e.By, NotFirst)
			return false
		}
		l.pass(e, o.By, Replaced)
		*e = o
		return true
	}
	l.entries = append(l.entries, o)
	return true
}

// Force has o stand, whatever is proposed for its key, and be sent even if the
// client does not ask for it. What stands at a higher level than o's keeps that
// level. Without octets, nothing is proposed for the key any more.
func (l *Options) Force(o Option) {
	o.Unasked = true
	for i := range l.entries {
		e := &l.entries[i]
		switch {
		case e.Key != o.Key:
		case len(o.Wire) == 0:
			l.pass(e, o.By, TakenBack)
			l.entries = append(l.entries[:i], l.entries[i+1:]...)
			return
		default:
			o.Level = max(o.Level, e.Level)
			l.pass(e, o.By, Replaced)
			*e = o
			return
		}
	}
	if len(o.Wire) > 0 {
		l.entries = append(l.entries, o)
	}
}

// Remove takes back what is proposed for a code, in the name of who does so.
func (l *Options) Remove(code uint16, by string) {
	kept := l.entries[:0]
	for i := range l.entries {
		e := &l.entries[i]
		if e.Key.Code != code {
			kept = append(kept, *e)
			continue
		}
		l.pass(e, by, TakenBack)
	}
	l.entries = kept
}

// Has says whether something is proposed for a code.
func (l *Options) Has(code uint16) bool {
	for i := range l.entries {
		if l.entries[i].Key.Code == code {
			return true
		}
	}
	return false
}

// All gives the options in the order in which they were proposed. The slice
// belongs to the list.
func (l *Options) All() []Option { return l.entries }
