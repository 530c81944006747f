package pipeline_test

import (
	"slices"
	"testing"

	"github.com/stage6/stage6/pipeline"
)

func TestArchitecturesAndTheirNames(t *testing.T) {
	for name, tc := range map[string]struct {
		arch pipeline.Arch
		want string
	}{
		"x86_64 as the RFC has it":      {7, "x86_64"},
		"x86_64 as its first edition":   {9, "x86_64"},
		"x86_64 over HTTP":              {16, "x86_64"},
		"arm64 of U-Boot":               {22, "arm64"},
		"a number without a name":       {33, "33"},
		"a number beyond the registry":  {65535, "65535"},
		"the last number with its name": {41, "raspberry_pi"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.arch.String(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			named := pipeline.ArchsNamed(tc.want)
			if known := slices.Contains(pipeline.ArchNames(), tc.want); known != slices.Contains(named, tc.arch) {
				t.Errorf("%q is a name: %t, of %v", tc.want, known, named)
			}
		})
	}
}

func TestANameHasEveryNumberOfIt(t *testing.T) {
	if got, want := pipeline.ArchsNamed("x86_64"), []pipeline.Arch{7, 9, 16, 17}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := pipeline.ArchsNamed(""); got != nil {
		t.Errorf("no name has %v", got)
	}
}
