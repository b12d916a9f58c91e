package versions

import (
	"os"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"
)

func TestMain(m *testing.M) { os.Exit(catalogue.Main(m, "versions")) }
