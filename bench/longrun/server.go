package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/netlab"
)

//go:embed config.yml
var configuration string

// server is the process, its files and its API.
type server struct {
	binary, dir string
	ldra        string
	valid       time.Duration // of the leases of systems
	ns          *netlab.Namespace
	process     *netlab.Process
	http        *http.Client
	files       string // the hosts that stay in the file
}

// startServer writes its files and waits until it is ready.
func startServer(ctx context.Context, n *network, o options) (*server, error) {
	s := &server{binary: o.binary, valid: o.valid, dir: n.dir, ldra: n.ldra.String(), ns: n.station}
	s.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(s.dir, "api.sock"))
		},
	}}
	if err := s.write(0); err != nil {
		return nil, err
	}
	var err error
	if s.process, err = s.ns.Spawn(nil, s.binary, "serve", "--config", s.config()); err != nil {
		return nil, err
	}
	if err := s.process.WaitOutput(ctx, 0, "msg=ready"); err != nil {
		return s, fmt.Errorf("start the server: %w\n%s", err, s.process.Output)
	}
	return s, nil
}

func (s *server) config() string { return filepath.Join(s.dir, "config.yml") }

// write writes the configuration of a turn. Each has another DNS server, other hosts
// that never boot, and, every second, one link more.
func (s *server) write(turn int) error {
	link := ""
	if turn%2 == 1 {
		link = "- {name: spare, prefixes: ['2001:db8:50::/64']}"
	}
	config := strings.NewReplacer(
		"$DIR", s.dir, "$LDRA", s.ldra, "$LINK", link, "$DNS", fmt.Sprintf("2001:db8:10::%x", 0x53+turn%2),
		"$PREFERRED", (s.valid * 2 / 3).String(), "$VALID", s.valid.String(),
	).Replace(configuration)
	hosts := s.files
	for i := range 20 {
		hosts += fmt.Sprintf("spare%d-%d: {mac: '52:54:99:%02x:%02x:%02x', address: '2001:db8:20::2:%x'}\n", turn, i, turn>>8&0xff, turn&0xff, i, turn*20%0x8000+i)
	}
	return errors.Join(replace(filepath.Join(s.dir, "hosts.yml"), hosts), replace(s.config(), config))
}

// replace writes a file so that nobody reads half of it.
func replace(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// run runs a command of the program against the server.
func (s *server) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.ns.Run(ctx, s.binary, append(args, "--config", s.config())...)
}

// reload lets the server read the files of a turn, and changes a host of the API.
func (s *server) reload(ctx context.Context, turn int) error {
	if err := s.write(turn); err != nil {
		return err
	}
	if _, err := s.run(ctx, "reload"); err != nil {
		return err
	}
	if turn > 1 {
		if _, err := s.run(ctx, "hosts", "delete", fmt.Sprintf("guest%d", turn-1)); err != nil {
			return err
		}
	}
	_, err := s.run(ctx, "hosts", "add", fmt.Sprintf("guest%d", turn), "--mac", fmt.Sprintf("52:54:98:00:%02x:%02x", turn>>8&0xff, turn&0xff))
	return err
}

// get reads something of the API.
func (s *server) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://stage6"+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %.200s", path, resp.Status, body)
	}
	return body, err
}

// leases lists what the server says that it has leased.
func (s *server) leases(ctx context.Context) ([]api.Lease, error) {
	out, err := s.run(ctx, "leases", "--state", "all", "--json")
	if err != nil {
		return nil, err
	}
	var all []api.Lease
	return all, json.Unmarshal([]byte(out), &all)
}

// metrics reads all metrics without labels, and the drops by name.
func (s *server) metrics(ctx context.Context) (map[string]float64, error) {
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(string(text))); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			out[name] = v
		}
	}
	return out, nil
}

// log is what the server wrote that is not usual, its last lines.
func (s *server) log() string {
	lines := strings.Split(s.process.Output.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// errors lists the lines of the log that tell of errors.
func (s *server) errors() (out []string) {
	for line := range strings.Lines(s.process.Output.String()) {
		if strings.Contains(line, "level=error") || strings.Contains(line, "level=fatal") || strings.Contains(line, "panic") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}
