package boot

import (
	"fmt"
	"path"
	"strings"

	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// Check warns of entries that no client comes to, and of URLs that clients
// which come to them cannot load. Of an entry with a condition only what its
// other settings say is known.
func (h *handler) Check(pipeline.Links) (warnings []string) {
	for i := range h.rules {
		r := &h.rules[i]
		if before := h.coveredBy(i, &r.filter); before != nil {
			warnings = append(warnings, fmt.Sprintf("%s: no client comes to this entry: the one at %s takes all of them", r.at, before.at))
			continue
		}
		for _, w := range h.faults(i) {
			warnings = append(warnings, fmt.Sprintf("%s: %s", r.at, w))
		}
	}
	return warnings
}

// coveredBy gives an earlier entry that takes every client of the filter, or
// nil.
func (h *handler) coveredBy(i int, f *filter) *rule {
	for j := range h.rules[:i] {
		if before := &h.rules[j]; before.when == nil && before.filter.covers(f) {
			return before
		}
	}
	return nil
}

// faults tells what is wrong with the URLs of an entry.
func (h *handler) faults(i int) (out []string) {
	r := &h.rules[i]
	if r.url == nil {
		if r.script != nil {
			out = append(r.script.ipxeFaults(), h.nameFaults(r.script)...)
		}
		return out
	}
	if h.serves(i, stage.Firmware, pxe) {
		out = append(out, r.url.pxeFaults()...)
		if r.params != nil && r.filter.methods == 1<<pxe {
			out = append(out, "params are not sent: PXE firmware drops an offer with them")
		}
	}
	if h.serves(i, stage.Firmware, http) {
		out = append(out, r.url.httpFaults()...)
	}
	if h.serves(i, stage.Loader, ipxe) {
		out = append(out, r.url.ipxeFaults()...)
	}
	if r.filter.methods != 1<<pxe {
		out = append(out, h.nameFaults(r.url)...)
	}
	return out
}

// serves says whether such clients surely come to the entry, as far as they
// are: those for whom the entry has a method, or, without a condition, that are
// left over by earlier ones.
func (h *handler) serves(i int, s stage.Stage, m method) bool {
	r := &h.rules[i]
	if r.when != nil && r.filter.methods == ^set(0) {
		return false
	}
	part, some := r.filter.among(s, m)
	return some && h.coveredBy(i, &part) == nil
}

// pxeFaults tells why PXE firmware cannot load the URL.
func (t *template) pxeFaults() (out []string) {
	u := t.sample
	if u.Scheme != "tftp" {
		return []string{fmt.Sprintf("PXE firmware does not load %s://, only tftp://", u.Scheme)}
	}
	if t.named {
		out = append(out, fmt.Sprintf("PXE firmware does not look up the name %s: write the address, as in tftp://[2001:db8::1]/file", u.Hostname()))
	}
	if u.Port() != "" {
		out = append(out, "PXE firmware does not read the port in a tftp URL")
	}
	if u.User != nil {
		out = append(out, "PXE firmware does not read credentials in a tftp URL")
	}
	if u.Path == "" || u.Path == "/" {
		out = append(out, "the URL names no file")
	}
	return out
}

// nameFaults tells what the name of the server in a URL needs.
func (h *handler) nameFaults(t *template) []string {
	if !t.named || h.resolves {
		return nil
	}
	return []string{fmt.Sprintf("the server's name %s: clients need a DNS server to find it, of which the plugin dns tells them", t.sample.Hostname())}
}

// httpFaults tells why the HTTP client of firmware cannot load the URL.
func (t *template) httpFaults() []string {
	switch t.sample.Scheme {
	case "http":
		return nil
	case "https":
		return []string{"firmware loads https:// only with the certificate of its authority enrolled"}
	}
	return []string{fmt.Sprintf("the HTTP client of firmware does not load %s://, only http://", t.sample.Scheme)}
}

// ipxeFaults tells why iPXE cannot load the URL, or should not.
func (t *template) ipxeFaults() (out []string) {
	if t.sample.Scheme == "https" {
		out = append(out, "iPXE loads https:// only if it was built with it and trusts the certificate")
	}
	if t.isIPXE() {
		out = append(out, "iPXE comes here, too, and would load itself for ever: say method, or put an entry for method: ipxe first")
	}
	return out
}

// isIPXE says whether the file is one of the programs that iPXE comes as.
func (t *template) isIPXE() bool {
	file := strings.ToLower(path.Base(t.sample.Path))
	name, extension, _ := strings.Cut(file, ".")
	switch extension {
	case "efi", "kpxe", "pxe", "0":
		return strings.Contains(name, "ipxe") || strings.Contains(name, "snponly") || strings.Contains(name, "undionly")
	}
	return false
}
