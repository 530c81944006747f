package pipeline

import (
	"cmp"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/internal/match"
)

func declareIdentity(f *match.Facts[*Exchange]) {
	f.Octets("mac", "the client's MAC, as identify found it", macBytes)
	f.String("mac_source", "the source of identify that the MAC is from, such as `relay`, or nothing", func(x *Exchange) string {
		return macEvidence(x).Source
	})
	f.Bool("mac_trusted", "whether that source is one that the client cannot have misled", func(x *Exchange) bool {
		return macEvidence(x).Trusted
	})
	f.String("host", "the name of the known host, or nothing", func(x *Exchange) string {
		if h := x.Host(); h != nil {
			return h.Name
		}
		return ""
	})
	states := []string{host.New.String(), host.Deploy.String(), host.Installed.String(), host.Locked.String()}
	f.Choice("state", "the state of the known host, or nothing", states, func(x *Exchange) string {
		if h := x.Host(); h != nil {
			return h.State.String()
		}
		return ""
	})
	f.String("hostname", "the name that the known host is given, or nothing", func(x *Exchange) string {
		if h := x.Host(); h != nil {
			return cmp.Or(h.Hostname, h.Name)
		}
		return ""
	})
	f.String("host_interface", "the name of the known host's interface that the client is, where interfaces have names", func(x *Exchange) string {
		if i := x.HostMatch().Interface; i != nil {
			return i.Name
		}
		return ""
	})
	f.Bool("host_trusted", "whether a source that the client cannot have misled says that it is the known host", (*Exchange).HostTrusted)
}

// macBytes gives the MAC in place, or nothing.
func macBytes(x *Exchange) []byte {
	if x.s.MAC.IsZero() {
		return nil
	}
	return x.s.MAC[:]
}

// macEvidence gives what first said that the MAC is the client's, or nothing.
func macEvidence(x *Exchange) ident.Evidence {
	for i := range x.s.Evidence {
		e := &x.s.Evidence[i]
		if e.Kind == ident.EvidenceMAC && e.MAC == x.s.MAC {
			return *e
		}
	}
	return ident.Evidence{}
}
