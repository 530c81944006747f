package history

import (
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/exchange"
	"github.com/stage6/stage6/stage"
)

// Record is one exchange, read back. What does not apply is zero.
type Record struct {
	Seq  uint64 // counts the exchanges since the server was started
	Cast *Cast
	Disk Disk

	exchange.Arrival
	Datagram    []byte // what was kept of it
	DatagramLen int    // how long it was
	Decoded     bool   // it could be read
	Dry         bool   // nothing of it happened

	Drop   string // the reason for which there is no reply; nothing where there is one
	Plugin string // the step that was called last
	Fault  string // what went wrong in it; of dry runs only

	Reply    []byte
	ReplyLen int
	To       netip.AddrPort
	Via      uint32 // the index of the interface that the reply left by; 0: the kernel's choice

	MAC      ident.MAC
	Trusted  int // of the outermost relay levels
	Vouched  bool
	System   bool
	Evidence []ident.Evidence
	Link     *Link // nil where none matches
	Host     *Host // nil where it is not known
	Stage    stage.Stage
	Tags     []string
	Hostname string
	Trace    exchange.Trace // without Steps
	Noted    []NotedStep
	IAs      []IA
	Options  []Option
	Lifetimes
}

// NotedStep is a step after which something was different, or the last one. Those
// between two of them were called and changed neither tags nor stage.
type NotedStep struct {
	At int // how many steps came before
	exchange.Step
}

// Lifetimes are what was asked for by plugins, for the whole exchange.
type Lifetimes struct{ Preferred, Valid time.Duration }

// Disk is what became of what the exchange waited for before its reply left.
type Disk struct {
	Waited bool          // it had to be made durable
	Done   bool          // it was, and the reply has left
	Failed bool          // it could not be, so that there is no reply
	Full   bool          // too much waited, so that there is no reply
	After  time.Duration // how long that took
}

// Patience is how long a reply waits for the disk at most: with one that comes later
// its client does nothing any more that it does not do with the answer to a later
// try (RFC 9915 section 15).
const Patience = 30 * time.Second

// Late says whether the disk took so long that no reply was sent.
func (d *Disk) Late() bool { return d.Done && d.After > Patience }

// Link is where the client was.
type Link struct {
	Name     string
	Prefixes []netip.Prefix
}

// Host is who the client was.
type Host struct {
	Name, Interface, State string
	By                     string // the source of identity that it was found by; nothing: a DUID that it lists
}

// IA is an identity association and what was decided about it.
type IA struct {
	ident.IA
	Had       []Held // what the client had when it asked
	Decided   bool
	By        string
	Status    iana.StatusCode
	Reason    string
	Silent    bool
	Grants    []Grant
	Withdrawn []netip.Prefix
	Empty     string // the plugin whose pool had nothing left
	Pool      *Pool  // that pool, as it was; nil when not known
	Withheld  string
	Barred    Holder // what could not be had; its Prefix is invalid where there was none
	Contested bool
	Retired   int
}

// Held is a lease.
type Held struct {
	Prefix netip.Prefix
	State  string
	Until  time.Time
	Pool   string
	Stage  stage.Stage
}

// Pool is how full a pool was.
type Pool struct {
	Name  string
	Taken int
	Size  float64
}

// Grant is what was granted.
type Grant struct {
	Prefix           netip.Prefix
	Preferred, Valid time.Duration
	Pool             string
	From             *Holder // who gave it up; nil for nobody
}

// Holder is who had something. An empty DUID is somebody to whom it was only
// offered.
type Holder struct {
	Prefix netip.Prefix
	Host   string
	DUID   ident.DUID
	MAC    ident.MAC
	Stage  stage.Stage
	State  string    // of the lease
	Until  time.Time // zero: for ever, or not known
}

// Option is an option that was proposed.
type Option struct {
	Key     exchange.OptionKey
	By      string
	For     string // who has its place, if somebody has
	Level   exchange.Level
	Verdict exchange.Verdict
}
