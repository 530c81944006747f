package stage

import (
	"bytes"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/host"
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// begins says whether a client begins to speak with the message.
func begins(x *pipeline.Exchange) bool {
	return x.Type() == dhcpv6.MessageTypeSolicit || x.Type() == dhcpv6.MessageTypeInformationRequest
}

// byWire gives the stage that the message itself shows, or Unknown. iPXE says
// PXEClient, too, so that its user class is looked at first.
func byWire(x *pipeline.Exchange) stage.Stage {
	for i := range x.NumUserClasses() {
		if bytes.Equal(x.UserClass(i), []byte("iPXE")) {
			x.Note("its user class is iPXE")
			return stage.Loader
		}
	}
	for i := range x.NumVendorClasses() {
		c := x.VendorClass(i)
		if bytes.HasPrefix(c, []byte("PXEClient")) || bytes.HasPrefix(c, []byte("HTTPClient")) {
			x.Note("its vendor class is that of firmware")
			return stage.Firmware
		}
	}
	if _, ok := x.ClientOption(dhcpv6.OptionClientArchType); ok && x.NumUserClasses() == 0 {
		x.Note("it names an architecture and no user class")
		return stage.Firmware
	}
	return stage.Unknown
}

// before gives the early stage that the client's DUID is known to be of, or
// Unknown: it was seen as such, it is the host's UUID, or it may be the second
// client inside UEFI firmware, which asks for DNS servers and nothing else. Of a
// DUID that was pinned somebody said that it is the installed system's: who boots
// with a copy of it does not make it another's, and systems, too, make DUIDs of
// the UUID.
func (h *handler) before(x *pipeline.Exchange, id uint64) stage.Stage {
	u, isUUID := ident.UUIDFromDUID(x.ClientID())
	if isPinned(x) {
		if isUUID && onlyDNS(x) {
			return stage.Firmware
		}
		return stage.Unknown
	}
	switch s := h.seen.get(id); s {
	case stage.Firmware, stage.Loader:
		return s
	case stage.Unknown:
		if s := h.recorded(x); s != stage.Unknown {
			return s
		}
	}
	if isUUID && (isHosts(x.Host(), u) || onlyDNS(x)) {
		return stage.Firmware
	}
	return stage.Unknown
}

// isPinned says whether the client's DUID was pinned to its host.
func isPinned(x *pipeline.Exchange) bool {
	return x.Host() != nil && slices.ContainsFunc(x.Evidence(), func(e ident.Evidence) bool {
		return e.Source == "pinned" && e.Kind == ident.EvidenceHost && e.Value == x.Host().Name
	})
}

// recorded gives the early stage of a binding that the host has under the
// client's DUID, or Unknown: after a restart nothing else remembers it.
func (h *handler) recorded(x *pipeline.Exchange) stage.Stage {
	if x.Host() == nil {
		return stage.Unknown
	}
	var space [16]*lease.Binding // few machines have more
	for _, b := range x.AppendHostRecords(space[:0]) {
		if string(b.DUID) == string(x.ClientID()) && early(b) {
			return b.Stage
		}
	}
	return stage.Unknown
}

func early(b *lease.Binding) bool { return b.Stage == stage.Firmware || b.Stage == stage.Loader }

// onlyDNS says whether the client asks for DNS servers and nothing else.
func onlyDNS(x *pipeline.Exchange) bool {
	codes := x.RequestedCodes()
	return len(codes) == 1 && codes[0] == uint16(dhcpv6.OptionDNSRecursiveNameServer)
}

// isHosts says whether the UUID is the host's, in either byte order.
func isHosts(h *host.Host, u ident.UUID) bool {
	return h != nil && (slices.Contains(h.UUIDs, u) || slices.Contains(h.UUIDs, u.Swapped()))
}

// installs says whether the message shows that a machine is being installed: a
// loader or installer speaks. A system that still runs may ask for options, and
// looks like an installer then.
func installs(x *pipeline.Exchange, s stage.Stage) bool {
	return s == stage.Loader || s == stage.Installer && x.Type() != dhcpv6.MessageTypeInformationRequest
}
