package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stage6/stage6/event"
	"github.com/stage6/stage6/internal/strict"
)

// Sinks is where events go beside the API.
type Sinks []Sink

// DecodeNode reads a list of sinks, or one, and names those that have no name.
func (s *Sinks) DecodeNode(n strict.Node) error {
	var list []Sink
	if err := strict.Decode(n, &list); err != nil {
		return err
	}
	taken := map[string]bool{}
	var errs []error
	for i := range list {
		given := list[i].Name
		if given != "" && taken[given] {
			errs = append(errs, list[i].Node.Get("name").Err("%q is the name of an earlier one, too", given))
		}
		taken[given] = given != ""
	}
	for i := range list {
		if list[i].Name == "" {
			list[i].Name = freeName(list[i].kind(), taken)
		}
	}
	*s = list
	return strict.Join(append(errs, checkFiles(list))...)
}

// checkFiles refuses two sinks that would write into one file.
func checkFiles(list []Sink) error {
	var errs []error
	for i := range list {
		earlier := func(o Sink) bool { return o.File != "" && o.File == list[i].File }
		if slices.ContainsFunc(list[:i], earlier) {
			errs = append(errs, list[i].Node.Get("file").Err("%q is the file of an earlier one, too", list[i].File))
		}
	}
	return strict.Join(errs...)
}

// Sink takes events: a file, or a webhook.
type Sink struct {
	File    string // of JSON lines; - is the standard output
	Webhook string // the URL that events are posted to

	Name  string       // for logs and metrics
	Kinds []event.Kind `config:"fields"`               // nil is all
	Queue int          `config:"min=16,max=1_000_000"` // most events that wait

	// Of a file.
	Size Size // that it may have before another one is begun; 0: any
	Keep int  `config:"min=1,max=1000"` // files that are kept beside it

	// Of a webhook. Secret, Token and CA are files.
	Secret  string        // the key that requests are signed with
	Token   string        // what authorizes requests
	CA      string        // whose certificates are trusted; empty: those that the system trusts
	Timeout time.Duration `config:"min=100ms,max=5m"`
	Batch   int           `config:"min=1,max=1000"` // most events in one request

	Node strict.Node `yaml:"-"`
}

// What a sink is like unless the configuration says otherwise.
const (
	defaultSinkQueue   = 4096
	defaultSinkKeep    = 4
	defaultSinkTimeout = 10 * time.Second
	defaultSinkBatch   = 100
)

// DecodeNode reads the keys and checks what they say together.
func (s *Sink) DecodeNode(n strict.Node) error {
	type keys Sink
	*s = Sink{Node: n, Queue: defaultSinkQueue, Keep: defaultSinkKeep, Timeout: defaultSinkTimeout, Batch: defaultSinkBatch}
	if err := strict.Decode(n, (*keys)(s)); err != nil {
		return err
	}
	switch {
	case s.File != "" && s.Webhook != "":
		return n.Err("got a file and a webhook, want one of them here and the other in an item of its own")
	case s.File == "" && s.Webhook == "":
		return n.Err("want a file, such as file: /var/log/stage6/events.jsonl, or a webhook, such as webhook: https://hooks.example.net/stage6")
	}
	return strict.Join(s.checkKeys(), s.checkName(), s.checkURL())
}

func (s *Sink) kind() string {
	if s.File != "" {
		return "file"
	}
	return "webhook"
}

// checkKeys refuses keys that are for the other kind of sink.
func (s *Sink) checkKeys() error {
	others, want := []string{"secret", "token", "ca", "timeout", "batch"}, "webhook"
	if s.Webhook != "" {
		others, want = []string{"size", "keep"}, "file"
	}
	var errs []error
	for _, pair := range s.Node.Pairs() {
		if key, _ := pair.Key.Text(); slices.Contains(others, key) {
			errs = append(errs, pair.Key.Err("this is a setting of a %s, and here is a %s: remove it", want, s.kind()))
		}
	}
	return strict.Join(errs...)
}

func (s *Sink) checkName() error {
	if s.Name == "" {
		return nil
	}
	_, err := name(s.Node.Get("name"))
	return err
}

// checkURL checks the URL of a webhook. Errors do not show it: there can be a
// password in it.
func (s *Sink) checkURL() error {
	if s.Webhook == "" {
		return nil
	}
	at := s.Node.Get("webhook")
	u, err := url.Parse(s.Webhook)
	switch {
	case err != nil:
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return at.Err("this is no URL: %v; want one such as https://hooks.example.net/stage6", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return at.Err("want a URL such as https://hooks.example.net/stage6")
	case u.Fragment != "":
		return at.Err("a part after # is never sent, remove it")
	case u.Scheme == "http" && s.Token != "" && !isHere(u.Hostname()):
		return at.Err("over http everybody on the way can read the token: want https")
	case u.Scheme == "http" && s.CA != "":
		return s.Node.Get("ca").Err("certificates are for https only: remove this, or write https in the URL")
	}
	return nil
}

// isHere says whether a host of a URL is this machine.
func isHere(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Size is a number of octets.
type Size int64

// The bounds of a Size.
const (
	minSize = 64 << 10
	maxSize = 1 << 43
)

// UnmarshalText reads a number with a unit, such as 100MiB.
func (s *Size) UnmarshalText(text []byte) error {
	digits := strings.TrimRight(string(text), "KMGiB ")
	unit, ok := map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[strings.TrimSpace(string(text[len(digits):]))]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n < 1 || n > maxSize/unit || n*unit < minSize {
		return fmt.Errorf("%q: want a size from 64KiB to 8192GiB, such as 100MiB", text)
	}
	*s = Size(n * unit)
	return nil
}
