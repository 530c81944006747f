package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/simulate"
)

// timeline tells of each client of a boot what it was given, in a line, and
// compares that with what config.yml says.
type timeline struct {
	ctx   context.Context
	ask   *api.Client
	state host.State // of web01, during the boot
	wrong error
}

// Started tells nothing: a client is told of when it has an answer.
func (l *timeline) Started(*simulate.Client) {}

// Exchanged tells of each Reply to a Request.
func (l *timeline) Exchanged(e *simulate.Exchange) {
	if e.Err != nil || e.Sent != dhcpv6.MessageTypeRequest {
		return
	}
	p := e.Client.Profile
	if err := check(l.state, p, e); err != nil {
		l.wrong = errors.Join(l.wrong, fmt.Errorf("%s: %w", p.Name, err))
	}
	fmt.Printf("    %-9s  %-9s  %s  %s\n", p.Stage, p.Name, ends(e.Client.DUID()), strings.Join(l.given(e), "  "))
}

// given tells what was given, and out of which pool.
func (l *timeline) given(e *simulate.Exchange) (out []string) {
	for _, lease := range e.Given {
		text := strings.TrimSuffix(lease.Prefix.String(), "/128")
		out = append(out, fmt.Sprintf("%-20s %-6s %3.0fh", text, l.pool(lease), lease.Valid.Hours()))
	}
	if url := e.Answer.BootFile(); url != "" {
		out = append(out, "boots "+short(url))
	}
	return out
}

// pool asks the server out of which pool a lease is.
func (l *timeline) pool(lease simulate.Lease) string {
	page, err := l.ask.Leases(l.ctx, api.LeaseQuery{Address: lease.Prefix.String()})
	if err != nil || len(page.Leases) != 1 {
		l.wrong = errors.Join(l.wrong, err, fmt.Errorf("the server lists %d leases of %v, want one", len(page.Leases), lease.Prefix))
		return ""
	}
	return page.Leases[0].Pool
}

// ends gives both ends of a DUID: firmware's begins otherwise than iPXE's, and each
// system's ends otherwise.
func ends(duid ident.DUID) string {
	text := duid.String()
	return text[:len("00:04:00:00")] + ".." + text[len(text)-len("00:00"):]
}

// short is the file that a URL names, and the end of its token.
func short(url string) string {
	const shown = 6
	file, token, ok := strings.Cut(path.Base(url), "token=")
	if !ok {
		return file
	}
	return file + "token=.." + token[max(0, len(token)-shown):]
}
