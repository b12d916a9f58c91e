package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamella-build/lamella/internal/test/catalogue"
)

var update = flag.Bool("update", false, "write the golden files and the generated documentation")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lamella": func() {
		os.Exit(checkedMain(os.Args[1:]))
	}})
}

// checkedMain is Main. It leaves a report if JSON is printed that does not follow its
// schema, which [setup] looks for.
func checkedMain(args []string) int {
	var out bytes.Buffer
	status := Main(context.Background(), args, Stdio{Out: io.MultiWriter(os.Stdout, &out), Err: os.Stderr, LookupEnv: os.LookupEnv})
	if slices.Contains(args, "--json") && !slices.Contains(args, "--help") {
		if err := checkJSON(args, out.Bytes()); err != nil {
			report := fmt.Sprintf("lamella %s: %v\n%s", strings.Join(args, " "), err, out.String())
			if err := os.WriteFile(os.Getenv("LAMELLA_TEST_REPORT"), []byte(report), 0o666); err != nil {
				panic(err)
			}
		}
	}
	return status
}

func TestScripts(t *testing.T) {
	catalogue.Scripts(t, "cli", *update, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Cmds:          commands,
		Setup:         setup(t),
		Condition:     condition,
	}, ofMachine...)
}
