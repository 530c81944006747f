package explain

import (
	"net/netip"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/iana"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/internal/history"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/stage"
)

// ias tells of each identity association.
func (t *telling) ias() {
	for i := range t.x.IAs {
		ia := t.ia(&t.x.IAs[i])
		for _, n := range t.x.Trace.Notes {
			if int(n.IA) == i {
				ia.Notes = append(ia.Notes, api.ExplainedNote{By: n.By, Text: n.Text})
			}
		}
		t.out.IAs = append(t.out.IAs, ia)
	}
}

func (t *telling) ia(ia *history.IA) api.ExplainedIA {
	out := api.ExplainedIA{
		Type: ia.Type.String(), IAID: ia.ID, Status: statusText(ia.Status), Text: ia.Reason, By: ia.By,
		Silent: ia.Silent, Withdrawn: ia.Withdrawn,
	}
	for i := range t.m.IAs {
		if m := &t.m.IAs[i]; m.IA == ia.IA {
			for _, h := range m.Hints {
				out.Named = append(out.Named, h.Prefix)
			}
		}
	}
	for _, h := range ia.Had {
		out.Had = append(out.Had, api.ExplainedLease{Prefix: h.Prefix, Pool: h.Pool, State: h.State, Until: h.Until})
	}
	for _, g := range ia.Grants {
		out.Given = append(out.Given, given(&g))
	}
	if ia.Barred.Prefix.IsValid() && !isGiven(ia) {
		out.Barred = holder(&ia.Barred)
	}
	if ia.Pool != nil && len(ia.Grants) == 0 {
		out.Pool = &api.ExplainedPool{Name: ia.Pool.Name, By: ia.Empty, Free: max(ia.Pool.Size-float64(ia.Pool.Taken), 0), Size: ia.Pool.Size}
	}
	return out
}

// isGiven says whether what could not be had is granted all the same.
func isGiven(ia *history.IA) bool {
	for i := range ia.Grants {
		if ia.Grants[i].Prefix == ia.Barred.Prefix {
			return true
		}
	}
	return false
}

func given(g *history.Grant) api.ExplainedLease {
	l := api.ExplainedLease{Prefix: g.Prefix, Pool: g.Pool, Preferred: inSeconds(g.Preferred), Valid: inSeconds(g.Valid)}
	if g.From != nil {
		l.From = holder(g.From)
	}
	return l
}

func holder(h *history.Holder) *api.ExplainedHolder {
	out := &api.ExplainedHolder{Prefix: h.Prefix, Host: h.Host, DUID: h.DUID, MAC: h.MAC, State: h.State, Until: h.Until}
	if h.Stage != stage.Unknown {
		out.Stage = h.Stage.String()
	}
	return out
}

// Holding says what a binding has of an address or prefix, or nil where that is
// nothing, or b is nil.
func Holding(b *lease.Binding, p netip.Prefix, now time.Time) *api.ExplainedHolder {
	if b == nil {
		return nil
	}
	l := b.Lease(p)
	if l == nil || !l.Held(now) {
		return nil
	}
	return holder(&history.Holder{Prefix: p, Host: b.Host, DUID: b.DUID, MAC: b.MAC, Stage: b.Stage, State: l.State.String(), Until: l.Until})
}

func inSeconds(d time.Duration) uint32 { return uint32(min(d, lease.Infinity) / time.Second) }

// statusText gives the name of a status code, as the RFC has it.
func statusText(s iana.StatusCode) string { return strings.ReplaceAll(s.String(), " ", "") }
