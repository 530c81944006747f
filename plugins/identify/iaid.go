package identify

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/pipeline"
)

// iaidSource confirms or contradicts a MAC that another source found. It
// identifies nobody: an IAID is easily made.
const iaidSource = "iaid"

// confirm compares the IAID of iPXE, which makes it of the MAC, with the MAC
// that was found.
func (h *handler) confirm(x *pipeline.Exchange) {
	if x.MAC().IsZero() || !isIPXE(x) {
		return
	}
	// Its only identity association is an IA_NA, which begins with the IAID (RFC
	// 9915 section 21.4).
	ia, ok := x.ClientOption(dhcpv6.OptionIANA)
	if !ok || len(ia) < 4 {
		return
	}
	id := binary.BigEndian.Uint32(ia)
	if id == iaidOf(x.MAC()) {
		x.AddEvidence(ident.Evidence{Kind: ident.EvidenceMAC, MAC: x.MAC(), Source: iaidSource})
		return
	}
	h.contradict(x, id)
}

// contradict tells that the IAID is not of the MAC that was found.
func (h *handler) contradict(x *pipeline.Exchange, id uint32) {
	said := x.Evidence()
	i := slices.IndexFunc(said, func(e ident.Evidence) bool { return e.Kind == ident.EvidenceMAC })
	if suppressed, ok := h.count(x, said[i].Source, iaidSource); ok {
		h.tell(x, &said[i], iaidSource, fmt.Sprintf("iaid %08x", id), suppressed)
	}
}

// iaidOf gives the IAID of iPXE: the CRC-32 of the MAC, begun with zero and
// without the complement at the end, which crc32.Update would make, and allocate
// for.
func iaidOf(m ident.MAC) (crc uint32) {
	for _, b := range m {
		crc = crc32.IEEETable[byte(crc)^b] ^ crc>>8
	}
	return crc
}

func isIPXE(x *pipeline.Exchange) bool {
	for i := range x.NumUserClasses() {
		if string(x.UserClass(i)) == "iPXE" {
			return true
		}
	}
	return false
}
