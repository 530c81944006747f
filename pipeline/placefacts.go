package pipeline

import (
	"github.com/stage6/stage6/internal/match"
	"github.com/stage6/stage6/stage"
)

func declarePlace(f *match.Facts[*Exchange]) {
	f.String("link", "the name of the client's link, or nothing", func(x *Exchange) string {
		if x.s.Link == nil {
			return ""
		}
		return x.s.Link.Name
	})
	stages := []string{stage.Unknown.String(), stage.Firmware.String(), stage.Loader.String(), stage.Installer.String(), stage.Final.String()}
	f.Choice("stage", "where the machine is in its boot", stages, func(x *Exchange) string { return x.s.Stage.String() })
	f.Set("tag", "the tags that earlier plugins set", (*Exchange).HasTag)
}
