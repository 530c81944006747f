package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

func (p *program) linksCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "links",
		Short: "List the links, their routers and what is wrong with those",
		Long: `List the links that clients can be on: the interfaces of the server's machine,
and those of relay agents that the configuration names. Of its own ones the
server knows the routers by their advertisements, without which most clients do
not ask for addresses, and says what in them contradicts the configuration.
Other DHCPv6 servers that were noticed come last.

The server is asked over its API socket: --api, else that of the configuration.
Exit code 1 says that something is wrong.`,
		Example: `  stage6 links
  stage6 links --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.links(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) links(ctx context.Context, asJSON bool) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	list, err := c.Links(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(list)
	}
	if err := printLinks(p.stdout, list, time.Now()); err != nil {
		return err
	}
	return linksWrong(list)
}

// linksWrong counts what is wrong, as an error.
func linksWrong(list api.LinkList) error {
	wrong := 0
	for _, l := range list.Links {
		wrong += len(l.Problems)
	}
	for _, s := range list.Servers {
		if !s.Known {
			wrong++
		}
	}
	switch wrong {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("one problem, see above")
	}
	return fmt.Errorf("%d problems, see above", wrong)
}

// printLinks prints tables, and below them what is wrong.
func printLinks(w io.Writer, list api.LinkList, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "LINK\tINTERFACE\tPREFIXES\tROUTERS")
	for _, l := range list.Links {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.Name, place(l), dash(joined(l.Prefixes)), routersOf(l))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := printRouters(w, list, now); err != nil {
		return err
	}
	if !list.Watched {
		fmt.Fprint(w, "\nRouter advertisements are not listened to: linkwatch is off, or the server has no CAP_NET_RAW.\n")
	}
	for _, l := range list.Links {
		for _, problem := range l.Problems {
			fmt.Fprintf(w, "\n%s: %s: %s\n", l.Name, problem.Name, problem.Text)
		}
	}
	return printServers(w, list.Servers, now)
}

func printRouters(w io.Writer, list api.LinkList, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	begun := false
	for _, l := range list.Links {
		for i := range l.Routers {
			if !begun {
				fmt.Fprintln(t, "\nLINK\tROUTER\tFLAGS\tLIFETIME\tPREFIXES\tHEARD")
				begun = true
			}
			r := &l.Routers[i]
			fmt.Fprintf(t, "%s\t%s\t%s\t%ds\t%s\t%s\n", l.Name, routerName(r), flagsOf(r), r.Lifetime, dash(advertised(r)), heard(r, now))
		}
	}
	return t.Flush()
}

func printServers(w io.Writer, servers []api.OtherServer, now time.Time) error {
	if len(servers) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "\nLINK\tOTHER SERVER\tADDRESS\tKNOWN\tNOTICED")
	for _, s := range servers {
		known, address := "no", "-"
		if s.Known {
			known = "yes"
		}
		if s.Address.IsValid() {
			address = s.Address.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s ago\n", dash(s.Link), s.DUID, address, known, now.Sub(s.Last).Truncate(time.Second))
	}
	return t.Flush()
}

// place says on which interface a link is.
func place(l api.Link) string {
	switch {
	case l.Interface == "":
		return "behind relays"
	case !l.Up && l.Watched:
		return l.Interface + " (down)"
	}
	return l.Interface
}

func routersOf(l api.Link) string {
	if !l.Watched {
		return "not watched"
	}
	return fmt.Sprint(len(l.Routers))
}

func routerName(r *api.Router) string {
	if r.Own {
		return "this server"
	}
	return r.Address.String()
}

func flagsOf(r *api.Router) string {
	out := ""
	if r.Managed {
		out += "M"
	}
	if r.Other {
		out += "O"
	}
	return dash(out)
}

// advertised gives the prefixes of a router with their flags, such as
// 2001:db8:10::/64 (L).
func advertised(r *api.Router) string {
	var out []string
	for _, p := range r.Prefixes {
		flags := ""
		if p.OnLink {
			flags += "L"
		}
		if p.Autonomous {
			flags += "A"
		}
		out = append(out, fmt.Sprintf("%s (%s)", p.Prefix, dash(flags)))
	}
	return strings.Join(out, " ")
}

func heard(r *api.Router, now time.Time) string {
	text := now.Sub(r.Seen).Truncate(time.Second).String() + " ago"
	if r.Silent {
		text += ", silent since"
	}
	return text
}

func joined(prefixes []netip.Prefix) string {
	var out []string
	for _, p := range prefixes {
		out = append(out, p.String())
	}
	return strings.Join(out, " ")
}
