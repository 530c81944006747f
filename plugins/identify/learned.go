package identify

import (
	"github.com/stage6/stage6/ident"
	"github.com/stage6/stage6/lease"
	"github.com/stage6/stage6/pipeline"
	"github.com/stage6/stage6/stage"
)

// learnedSource remembers whose installed system has a DUID.
const learnedSource = "learned"

// fromLearned takes the host that the client's own leases are recorded for, if
// a trusted source had named it when its installed system was answered. Early
// stages teach nothing, since their DUIDs are of firmware and programs that
// several machines may have alike. Where leases of one message are of two hosts
// they say nothing: an image with a DUID in it was copied.
func fromLearned(trusted bool) func(*pipeline.Exchange) (ident.Evidence, bool) {
	return func(x *pipeline.Exchange) (ident.Evidence, bool) {
		var space [4]*lease.Binding // few messages have more identity associations
		e := ident.Evidence{Kind: ident.EvidenceHost, System: trusted}
		for _, b := range x.AppendRecords(space[:0]) {
			if !b.Vouched || b.Host == "" || b.Stage != stage.Final {
				continue
			}
			if e.Value != "" && e.Value != b.Host {
				return ident.Evidence{}, false
			}
			e.Value = b.Host
		}
		return e, e.Value != ""
	}
}
