package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// TestScripts runs testdata/script. Beside testscript's own commands (exec,
// stdout, stderr, cmp, exists …) the scripts have those of commands_test.go.
// $AWS is moto; every script has a bucket $BUCKET of its own.
func TestScripts(t *testing.T) {
	moto := testenv.Moto(t)
	python, toolRuntime := testenv.Tool(t, "python"), testenv.ToolRuntime(t)
	testscript.Run(t, testscript.Params{
		Dir:  filepath.Join("testdata", "script"),
		Cmds: commands,
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "interop": // the original tool is there; it needs Python 3.11
				return hasInterop(python), nil
			case "successor": // so is what came after it, in an environment of its own
				return exec.Command(venvProgram("successor", "python"), "-c", "import aws_lbd_art_builder_core").Run() == nil, nil
			case "heavy": // make verify, which installs .venv-guides
				return testenv.All(), nil
			case "node": // make verify, which installs .venv-node
				return testenv.Wanted(testenv.Node), nil
			case "root":
				return os.Getuid() == 0, nil
			}
			return false, errors.New("unknown condition")
		},
		Setup: func(env *testscript.Env) error {
			bucket := "bucket-" + strings.ReplaceAll(filepath.Base(env.WorkDir), "_", "-")
			if err := testenv.MakeBucket(moto, bucket); err != nil {
				return err
			}
			recorder := testenv.Record(t, moto)
			env.Values[recorderKey{}] = recorder
			env.Values[testKey{}] = t
			env.Values[fleetKey{}] = map[string]*fakeaws.Fleet{}
			env.Vars = append(env.Vars, testenv.AWSEnv(recorder.URL)...)
			env.Vars = append(env.Vars,
				"PATH="+filepath.Dir(binary)+string(filepath.ListSeparator)+os.Getenv("PATH"),
				"HOME="+filepath.Join(env.WorkDir, ".home"),
				"LAMELLA_CACHE_DIR="+filepath.Join(env.WorkDir, ".cache"),
				"BIN="+filepath.Dir(binary),
				"AWS="+moto,
				"BUCKET="+bucket,
				"PYTHON="+python,
				"PYTHON_RUNTIME="+toolRuntime,
				"PYTHON_TAG="+strings.NewReplacer("python", "", ".", "").Replace(toolRuntime), // "313"
				"PIP="+testenv.Tool(t, "pip"),
				"UV="+testenv.Tool(t, "uv"),
				"SUCCESSOR="+venvProgram("successor", "python"),
				"GUIDES="+filepath.Dir(venvProgram("guides", "python")),
				"NODE_TOOLS="+filepath.Join(testenv.Root(), ".venv-node", "node_modules"),
				"DOCS="+filepath.Join(testenv.Root(), "docs"),
				"E2E="+filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata"),
				"EXE="+map[bool]string{true: ".exe"}[runtime.GOOS == "windows"],
			)
			return nil
		},
	})
}

type (
	recorderKey struct{}
	testKey     struct{}
	fleetKey    struct{} // of a map, since a script cannot set values
)

// venvProgram returns where a program of the virtual environment .venv-NAME would be.
func venvProgram(name, program string) string {
	return filepath.Join(testenv.Root(), ".venv-"+name, "bin", program)
}

// hasInterop reports whether the tests' Python has the original tool.
func hasInterop(python string) bool {
	return exec.Command(python, "-c", "import aws_lambda_artifact_builder").Run() == nil
}
