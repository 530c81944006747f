package integ

import (
	"testing"

	"github.com/stage6/stage6/internal/netlab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m, removeServer) }
