package pipelinetest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/pipeline/pipelinetest/dhcptext"
)

// Run runs each golden exchange that the pattern matches as a subtest. With
// the environment variable UPDATE_GOLDEN set it rewrites what the server says.
//
// A golden exchange is a txtar archive. Its files are steps, in order:
//
//	config.yml      the configuration; without it config.yml of the folder, with
//	                the files that are beside it there
//	links           the interfaces: a name and its prefixes on each line;
//	                without it prov0 with 2001:db8:10::/64
//	links ...       the interfaces have changed
//	client ...      a message to the server, as dhcptext writes it; before it,
//	                if wanted: from ADDRESS, to ADDRESS, via INTERFACE, and the
//	                source of the Ethernet frame that it came in: frame MAC; and what
//	                the sender says when it is asked for its address: neighbor MAC
//	reply ...       what the server answers: to ADDRESS and the message, or
//	                drop and the reason
//	leases ...      what is leased then
//	events ...      what the server has told since the last such step
//	state NAME STATE
//	                somebody sets the state of a host
//	pin NAME DUID   somebody tells the DUID of a host's installed system
//	wait DURATION   time passes
//	explain OF [N]  what became of the last messages of a machine, or of all: -
//	try ...         a message that is only tried, as a client's, by which nothing may change
//	tried ...       what would become of it
//	advice ...      what router advertisements lack: a link and a text on each line
//	restart ...     the server is started again with the same leases, and with
//	                what is in the file, if anything, as its configuration
//	reload ...      the server reads what is in the file as its configuration,
//	                while it runs
//
// Other files, such as hosts.yml, are put beside the configuration in the
// archive.
func Run(t *testing.T, pattern string, plugins []pipeline.Plugin) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden exchange is named %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runFile(t, file, plugins) })
	}
}

// golden is one golden exchange being run.
type golden struct {
	tried   string // what would become of what was tried last
	t       *testing.T
	server  *Server
	last    *Reply // not yet compared
	lastFor string // the client step that it answers
	changed bool
}

func runFile(t *testing.T, name string, plugins []pipeline.Plugin) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{t: t, server: begin(t, filepath.Dir(name), archive, plugins)}
	for i := range archive.Files {
		g.step(&archive.Files[i])
	}
	if g.last != nil {
		t.Errorf("%s: no reply is expected for %q", name, g.lastFor)
	}
	if g.changed {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// begin writes the files that are not steps and starts the server. The archive
// is in the folder shared.
func begin(t *testing.T, shared string, archive *txtar.Archive, plugins []pipeline.Plugin) *Server {
	t.Helper()
	folder, others := t.TempDir(), 0
	ifaces := []Interface{{"prov0", []netip.Prefix{netip.MustParsePrefix("2001:db8:10::/64")}}}
	var yaml string
	for _, f := range archive.Files {
		switch word, rest, _ := strings.Cut(f.Name, " "); word {
		case "config.yml":
			yaml = string(f.Data)
		case "links":
			if rest == "" {
				ifaces = parseLinks(t, string(f.Data))
			}
		case "client", "reply", "leases", "events", "state", "pin", "wait", "restart", "reload", "explain", "advice", "try", "tried":
		default:
			if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			others++
		}
	}
	if yaml == "" {
		if folder = shared; others > 0 {
			t.Fatal("there are files beside a configuration that is not in the archive")
		}
		data, err := os.ReadFile(filepath.Join(shared, "config.yml"))
		if err != nil {
			t.Fatal(err)
		}
		yaml = string(data)
	}
	return New(t, folder, yaml, ifaces, plugins)
}

func parseLinks(t *testing.T, text string) (out []Interface) {
	t.Helper()
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		f := Interface{Name: fields[0]}
		for _, p := range fields[1:] {
			prefix, err := netip.ParsePrefix(p)
			if err != nil {
				t.Fatalf("links: %v", err)
			}
			f.Prefixes = append(f.Prefixes, prefix)
		}
		out = append(out, f)
	}
	return out
}

func (g *golden) step(f *txtar.File) {
	g.t.Helper()
	word, rest, _ := strings.Cut(f.Name, " ")
	switch word {
	case "client":
		g.client(f)
	case "reply":
		if g.last == nil {
			g.t.Fatalf("%s: no message of a client stands before it", f.Name)
		}
		g.compare(f, g.last.text())
		g.last = nil
	case "leases":
		g.compare(f, g.server.Leases())
	case "explain":
		g.last = nil // it tells of the reply, too
		g.compare(f, g.explain(rest))
	case "try":
		d, err := parseDatagram(string(f.Data))
		if err != nil {
			g.t.Fatalf("%s: %v", f.Name, err)
		}
		g.tried = g.server.Try(d)
	case "tried":
		g.compare(f, g.tried)
	case "advice":
		g.advise(string(f.Data))
	case "events":
		g.compare(f, g.server.Events())
	case "links":
		if rest != "" {
			g.server.SetInterfaces(parseLinks(g.t, string(f.Data)))
		}
	case "state":
		g.setState(rest)
	case "pin":
		g.pin(rest)
	case "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			g.t.Fatalf("%s: %v", f.Name, err)
		}
		g.server.Advance(d)
	case "restart":
		g.server.Restart(string(f.Data))
	case "reload":
		g.server.Reload(string(f.Data))
	}
}

// setState does what a state step says: HOST STATE.
func (g *golden) setState(text string) {
	g.t.Helper()
	name, word, _ := strings.Cut(text, " ")
	var state host.State
	if err := state.UnmarshalText([]byte(word)); err != nil {
		g.t.Fatalf("state %s: %v", text, err)
	}
	g.server.SetState(name, state)
}

// pin does what a pin step says: HOST DUID.
func (g *golden) pin(text string) {
	g.t.Helper()
	name, word, _ := strings.Cut(text, " ")
	duid, err := ident.ParseDUID(word)
	if err != nil {
		g.t.Fatalf("pin %s: %v", text, err)
	}
	g.server.Pin(name, duid)
}

func (g *golden) client(f *txtar.File) {
	g.t.Helper()
	if g.last != nil {
		g.t.Fatalf("no reply is expected for %q", g.lastFor)
	}
	d, err := parseDatagram(string(f.Data))
	if err != nil {
		g.t.Fatalf("%s: %v", f.Name, err)
	}
	tried := g.server.try(d) // which fails the test where that changes anything
	r := g.server.Serve(d)
	if d.Neighbor.IsZero() { // a try solicits nobody
		g.server.compareTried(f.Name, tried, &r)
	}
	g.last, g.lastFor = &r, f.Name
}

// explain gives what became of the messages that the step names.
func (g *golden) explain(rest string) string {
	g.t.Helper()
	of, count, _ := strings.Cut(rest, " ")
	if of == "-" {
		of = ""
	}
	last := 1
	if count != "" {
		var err error
		if last, err = strconv.Atoi(count); err != nil {
			g.t.Fatalf("explain %s: %v", rest, err)
		}
	}
	return g.server.Explain(of, last)
}

// advise has router advertisements lack something.
func (g *golden) advise(text string) {
	lacks := map[string]string{}
	for line := range strings.Lines(text) {
		name, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		lacks[name] = what
	}
	g.server.SetAdvice(func(link string) string { return lacks[link] })
}

// compare fails the test if the file does not say what happened, or makes it
// say so.
func (g *golden) compare(f *txtar.File, got string) {
	g.t.Helper()
	diff := cmp.Diff(strings.TrimSpace(string(f.Data)), strings.TrimSpace(got))
	if diff == "" {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		f.Data, g.changed = []byte(got), true
		return
	}
	g.t.Errorf("%s (-want +got)\n%s", f.Name, diff)
}

func (r *Reply) text() string {
	if r.Drop != "" {
		return "drop " + r.Drop + "\n"
	}
	return fmt.Sprintf("to %s\n%s", r.To, dhcptext.Format(r.Data))
}

// parseDatagram reads a message and the lines about its way before it.
func parseDatagram(text string) (Datagram, error) {
	d := Datagram{
		From: netip.MustParseAddrPort("[fe80::5054:ff:feaa:bb01%prov0]:546"),
		To:   netip.MustParseAddr("ff02::1:2"),
	}
	for {
		line, rest, _ := strings.Cut(text, "\n")
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch word {
		case "from":
			d.From, err = parsePeer(value)
		case "to":
			d.To, err = netip.ParseAddr(value)
		case "via":
			d.Interface = value
		case "frame":
			d.Frame, err = ident.ParseMAC(value)
		case "neighbor":
			d.Neighbor, err = ident.ParseMAC(value)
		default:
			d.Data, err = dhcptext.Parse(text)
			return d, err
		}
		if err != nil {
			return d, err
		}
		text = rest
	}
}

// parsePeer reads an address with a port, or without: that of a client.
func parsePeer(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, 546), nil
	}
	return netip.ParseAddrPort(s)
}
