package cli

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden files and the generated documentation")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lamella": func() {
		os.Exit(Main(context.Background(), os.Args[1:], Stdio{Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv}))
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Cmds:          commands,
		Setup:         setup(t),
		Condition:     condition,
	})
}
