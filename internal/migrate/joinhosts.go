package migrate

import "slices"

// joinHosts makes one host of those that have an address or prefix in common:
// here that belongs to one machine, by whatever it is recognised.
func joinHosts(hosts []Host, r *Report) (out []Host) {
	owner := map[string]int{}
	for _, h := range hosts {
		at := -1
		for _, a := range slices.Concat(h.Addresses, h.Prefixes) {
			if n, taken := owner[a]; taken {
				at = n
			}
		}
		if at < 0 {
			at, out = len(out), append(out, h)
		} else {
			r.Note(h.Origin, "the same machine as %s: they have an address or prefix in common", out[at].Name)
			out[at].join(&h)
		}
		for _, a := range slices.Concat(h.Addresses, h.Prefixes) {
			owner[a] = at
		}
	}
	return out
}

// join adds another declaration of the same machine.
func (h *Host) join(more *Host) {
	for _, x := range []struct{ into, from *[]string }{
		{&h.MACs, &more.MACs}, {&h.DUIDs, &more.DUIDs}, {&h.UUIDs, &more.UUIDs}, {&h.Ports, &more.Ports},
		{&h.Addresses, &more.Addresses}, {&h.Prefixes, &more.Prefixes}, {&h.Tags, &more.Tags},
	} {
		for _, v := range *x.from {
			if !slices.Contains(*x.into, v) {
				*x.into = append(*x.into, v)
			}
		}
	}
	h.Clients = append(h.Clients, more.Clients...)
	for _, o := range more.Options {
		if !slices.ContainsFunc(h.Options, func(x Option) bool { return x.Key == o.Key }) {
			h.Options = append(h.Options, o)
		}
	}
	if h.Hostname == "" && h.Name != more.Name {
		h.Hostname = more.Hostname
	}
}
