package explain

import (
	"fmt"
	"slices"
	"time"

	"github.com/stage6/stage6/api"
)

// overall names what is wrong with a machine as several messages show it, and what
// the link lacks.
func (e *Explainer) overall(q api.ExplainQuery, want *selector, all []api.Explanation) []api.Hint {
	var out []api.Hint
	told := func(h api.Hint) bool {
		return slices.ContainsFunc(all, func(x api.Explanation) bool { return slices.Contains(x.Hints, h) })
	}
	return slices.DeleteFunc(append(out, e.hintsOf(q, want, all)...), told)
}

func (e *Explainer) hintsOf(q api.ExplainQuery, want *selector, all []api.Explanation) (out []api.Hint) {
	if len(all) == 0 {
		if q.Since == 0 && !want.all && !want.drops {
			out = append(out, e.nothingCame(want)...)
		}
		return append(out, e.holders(want)...)
	}
	out = append(out, unheard(all)...)
	out = append(out, e.holders(want)...)
	last := &all[len(all)-1]
	if e.Advice != nil && len(last.Way.Relays) == 0 && last.Link.Name != "" {
		if lacks := e.Advice(last.Link.Name); lacks != "" {
			out = append(out, advice(lacks))
		}
	}
	return out
}

func advice(lacks string) api.Hint {
	return api.Hint{Cause: "no-ra", Text: lacks,
		Do: "without a router advertisement most clients do not ask, or have no way out: switch it on at the router, or add the plugin ra"}
}

// nothingCame is about a machine of which nothing is remembered.
func (e *Explainer) nothingCame(want *selector) (out []api.Hint) {
	since, n := e.Ring.Bounds()
	h := api.Hint{Cause: "nothing-came", Text: "no message from it is remembered"}
	if n > 0 {
		h.Text += fmt.Sprintf(", of %d since %s", n, e.clock(since))
	} else {
		h.Text += ", and none from anybody: nothing arrives"
	}
	h.Do = "see whether it asks at all, with tcpdump -ni IFACE udp port 547: if it does not arrive, look at the cable, the VLAN, the relay agent and the firewall; if it does, at server6.listen"
	out = append(out, h)
	if e.Advice == nil || e.LinkNames == nil {
		return out
	}
	for _, name := range e.LinkNames() {
		if lacks := e.Advice(name); lacks != "" {
			out = append(out, advice(lacks))
		}
	}
	return out
}

// holders says who has the addresses that are asked for.
func (e *Explainer) holders(want *selector) (out []api.Hint) {
	if e.Holder == nil {
		return nil
	}
	for _, p := range want.prefixes {
		if h := e.Holder(p); h != nil && (h.Host != want.host || h.Host == "") {
			out = append(out, e.barredHint(h, want.host))
		}
	}
	return out
}

// unheard is about answers that seem not to arrive, or not to please: the newest
// messages are the same ones again and again.
func unheard(all []api.Explanation) []api.Hint {
	last := &all[len(all)-1]
	if last.Reply == "" || last.Drop != "" {
		return nil
	}
	same := 0
	first := last.Time
	for i := range slices.Backward(all) {
		x := &all[i]
		if x.Message != last.Message || x.Client.DUID != last.Client.DUID || x.Reply == "" {
			break
		}
		if last.Message != "solicit" && x.TransactionID != last.TransactionID {
			break
		}
		same++
		first = x.Time
	}
	if same < 2 || last.Message == "information-request" && same < 3 {
		return nil
	}
	return []api.Hint{repeated(last, same, last.Time.Sub(first))}
}

// repeated says what it may mean that a client asks again although it was answered.
func repeated(x *api.Explanation, n int, within time.Duration) api.Hint {
	h := api.Hint{Cause: "not-heard", Text: fmt.Sprintf("the client sent its %s %d times within %v and was answered each time, at %s", x.Message, n, within.Round(time.Second), x.Way.ReplyTo)}
	h.Do = "the answers do not reach it: look at a firewall that drops UDP to port 546, at the relay agent, and at the route back to it"
	if x.Message != "solicit" {
		return h
	}
	h.Cause = "no-request"
	h.Text = fmt.Sprintf("the client was offered something %d times within %v and never requested it", n, within.Round(time.Second))
	for i := range x.IAs {
		if x.IAs[i].Status != "Success" {
			h.Do = "the offer has a status that it does not like: see above"
			return h
		}
	}
	h.Do = "it took the offer of another server, does not like this one, or never hears of it: look at other servers on the link, at what the client asks for and is not sent, and at a firewall that drops UDP to port 546"
	return h
}
