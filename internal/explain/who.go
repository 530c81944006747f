package explain

import (
	"fmt"

	"github.com/stage6/stage6/api"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/wire"
)

// link says where the client is, and why the server thinks so.
func (t *telling) link() {
	l := &t.out.Link
	if t.x.Link != nil {
		l.Name, l.Prefixes = t.x.Link.Name, t.x.Link.Prefixes
	}
	for i := len(t.m.Relays) - 1; i >= 0; i-- {
		if a := t.m.Relays[i].LinkAddr; !a.IsUnspecified() {
			l.Why = fmt.Sprintf("the relay agent nearest the client names the link-address %s", a)
			if t.x.Link == nil {
				l.Why += ", which is in no prefix of a link that the server knows"
			}
			return
		}
	}
	l.Why = fmt.Sprintf("it came in by the interface %s", t.interfaceName())
	if len(t.m.Relays) > 0 {
		l.Why += ", and no relay agent names a link"
	}
	if t.x.Link == nil {
		l.Why += ", which has no link"
	} else if len(t.x.Link.Prefixes) == 0 {
		l.Why += ", which has no prefix"
	}
}

func (t *telling) interfaceName() string {
	if name := t.out.Way.Interface; name != "" {
		return name
	}
	return fmt.Sprintf("of index %d", t.x.Interface)
}

// identity tells what each source said, those that were asked and said nothing with
// the reason.
func (t *telling) identity() {
	said := map[string]bool{}
	for i := range t.x.Evidence {
		e := &t.x.Evidence[i]
		said[e.Source] = true
		if !t.isSource(e.Source) {
			t.out.Identity = append(t.out.Identity, statement(e))
		}
	}
	for _, name := range t.x.Cast.Sources {
		if !said[name] {
			t.out.Identity = append(t.out.Identity, api.Statement{Source: name, Why: t.silence(name)})
			continue
		}
		for i := range t.x.Evidence {
			if e := &t.x.Evidence[i]; e.Source == name {
				t.out.Identity = append(t.out.Identity, statement(e))
			}
		}
	}
}

func (t *telling) isSource(name string) bool {
	for _, s := range t.x.Cast.Sources {
		if s == name {
			return true
		}
	}
	return false
}

func statement(e *ident.Evidence) api.Statement {
	s := api.Statement{Source: e.Source, Says: e.String(), Trusted: e.Trusted}
	switch {
	case e.Trusted:
	case e.System:
		s.Why = "counts at stage final"
	case e.Source == "duid":
		s.Why = "a card may have moved, and a client can send any DUID"
	case e.Source == "eui64":
		s.Why = "a client can take any address"
	case e.Kind == ident.EvidenceUUID || e.Kind == ident.EvidenceHost:
		s.Why = "a client can send any DUID"
	case e.Source == "iaid":
		s.Why = "it only confirms a MAC"
	}
	return s
}

// silence says why a source said nothing.
func (t *telling) silence(source string) string {
	direct := len(t.m.Relays) == 0
	switch source {
	case "relay":
		return t.relaySilence()
	case "frame", "neighbor":
		switch {
		case !direct:
			return "a relay agent is between the client and here"
		case !t.x.Peer.Addr().IsLinkLocalUnicast():
			return "the sender's address is not link-local"
		case source == "frame":
			return "its Ethernet frame was not seen"
		}
		return "the kernel has no neighbour at " + t.x.Peer.Addr().WithZone("").String()
	case "port":
		if direct {
			return "it did not come through a relay agent"
		}
		return "no host lists the port that a trusted relay agent names"
	case "eui64":
		return fmt.Sprintf("%s is not made of a MAC", t.clientAddr().WithZone(""))
	case "duid":
		return "there is no MAC in a DUID of type " + duidType(t.m.ClientID)
	case "uuid":
		if u, ok := ident.UUIDFromDUID(t.m.ClientID); ok {
			return fmt.Sprintf("no host has the UUID %s, nor %s", u, u.Swapped())
		}
		return "there is no UUID in a DUID of type " + duidType(t.m.ClientID)
	case "learned":
		return "no installed system with this DUID was recognised before"
	case "iaid":
		if program(&t.m) != ipxe {
			return "the client is not iPXE, which makes its IAID of its MAC"
		}
		return "the IAID is not made of a MAC that was found"
	}
	return ""
}

// duidType names the type of a DUID (RFC 9915 section 11).
func duidType(duid []byte) string {
	if len(duid) < 2 {
		return "none"
	}
	names := [...]string{1: "LLT", 2: "EN", 3: "LL", 4: "UUID"}
	if n := int(duid[0])<<8 | int(duid[1]); n > 0 && n < len(names) {
		return names[n]
	}
	return fmt.Sprint(int(duid[0])<<8 | int(duid[1]))
}

// firstRelay gives the level of the relay agent that sees the client's frames: the
// nearest that names a link, or, where all are LDRAs, the nearest.
func (t *telling) firstRelay() (level int, r *wire.Relay) {
	last := len(t.m.Relays) - 1
	for i := last; i >= 0; i-- {
		if r := &t.m.Relays[i]; !r.LinkAddr.IsUnspecified() {
			return i, r
		}
	}
	return last, &t.m.Relays[last]
}

func (t *telling) relaySilence() string {
	if len(t.m.Relays) == 0 {
		return "it did not come through a relay agent"
	}
	level, r := t.firstRelay()
	at := t.relayAddress(level).WithZone("")
	switch {
	case level >= t.x.Trusted:
		return fmt.Sprintf("the relay agent %s is not one that server6.relays believes", at)
	case r.ClientLinkLayer == nil:
		return fmt.Sprintf("the relay agent %s sent no option 79", at)
	}
	return fmt.Sprintf("the option 79 of the relay agent %s holds no MAC of an Ethernet card", at)
}

// host says which machine the client was taken for.
func (t *telling) host() {
	h := t.x.Host
	if h == nil {
		return
	}
	out := &api.ExplainedHost{Name: h.Name, Interface: h.Interface, State: h.State, Trusted: t.x.Vouched || t.x.System && t.x.Stage.String() == "final"}
	out.Why = "the host lists its DUID"
	if h.By != "" {
		out.Why = "of what " + h.By + " says"
	}
	t.out.Host = out
}
