package server_test

import (
	"path/filepath"
	"testing"

	"github.com/stage6/stage6/pipeline/pipelinetest"
)

// golden runs the golden exchanges of a folder of testdata.
func golden(t *testing.T, folder string) {
	t.Helper()
	pipelinetest.Run(t, filepath.Join("testdata", folder, "*.txtar"), plugins())
}

func TestValidate(t *testing.T) { golden(t, "validate") }
func TestUnicast(t *testing.T)  { golden(t, "unicast") }
