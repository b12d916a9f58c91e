package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/emulator"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// answers are what the functions in internal/test/emulator return for the number 20.
var answers = map[string]string{
	"small": `"20 &lt;&amp;"`,
	"web":   `[[200,40],[422,null]]`,
	"data":  `{"a":21,"b":2}`,
	"aws":   `["https://bucket.s3.amazonaws.com/20",true]`,
}

// A function runs with its layer in AWS's own emulator, by AWS's own client, from a
// read-only folder, and answers.
func TestFunctionsRunInTheEmulator(t *testing.T) {
	testenv.Heavy(t)
	eachLock(t, func(t *testing.T, l lockFile) {
		if answers[l.name] == "" || l.arch != hostArchitecture() {
			t.Skip("no function, or for another machine")
		}
		python := testenv.Interpreter(t, l.runtime)
		function := functionWith(t, l, python)
		lambda, err := emulator.Install(python)
		if err != nil {
			testenv.Missing(t, err.Error())
		}
		a, err := lambda.Invoke(t.Context(), function, `{"number": 20}`)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, l, a)
		if a.Init <= 0 {
			t.Errorf("INIT took %s", a.Init)
		}
		t.Logf("INIT %s", a.Init)
	})
}

// The same for one small layer, by AWS's client without the emulator, whose part the
// test plays: that takes less time.
func TestAFunctionRunsByTheClient(t *testing.T) {
	for _, runtimeName := range []string{"python3.13", "python3.11"} {
		l := lock("small-" + runtimeName + "-" + hostArchitecture())
		python := testenv.FindInterpreter(runtimeName)
		if python == "" {
			continue
		}
		function := functionWith(t, l, python)
		client, err := emulator.InstallClient(python)
		if err != nil {
			testenv.Missing(t, err.Error())
		}
		a, err := client.Invoke(t.Context(), function, `{"number": 20}`)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, l, a)
		return
	}
	testenv.Interpreter(t, "python3.13")
}

func hostArchitecture() string {
	return map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
}

// functionWith builds a layer with bytecode and unpacks it for a function. Sources are
// replaced by ones that fail, so that it is the bytecode that runs.
func functionWith(t *testing.T, l lockFile, python string) emulator.Function {
	t.Helper()
	if out, err := exec.Command("unshare", "--mount", "true").CombinedOutput(); err != nil {
		testenv.Without(t, testenv.Superuser, "only root may mount the layer at /opt: "+string(out))
	}
	opt := t.TempDir()
	archive := filepath.Join(t.TempDir(), "layer.zip")
	path := "PATH=" + filepath.Dir(python) + string(os.PathListSeparator) + os.Getenv("PATH")
	env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"), path)
	mustLamella(t, project(t, l), env, append(l.buildArgs(serveWheels(t, l).Index, archive), "--bytecode")...)
	unzip(t, archive, opt)
	sabotage(t, opt, "cpython-"+strings.ReplaceAll(strings.TrimPrefix(l.runtime, "python"), ".", ""))
	return emulator.Function{Layer: opt, Code: emulator.Functions(), Handler: l.name + ".handler"}
}

// checkAnswer checks what a function answered, and that it ran in the right place.
func checkAnswer(t *testing.T, l lockFile, a emulator.Answer) {
	t.Helper()
	var got struct {
		Answer   json.RawMessage
		Python   string
		Files    []string
		Compiled []string
		Write    string
	}
	if err := json.Unmarshal(a.Payload, &got); err != nil {
		t.Fatalf("%v: %s\n%s", err, a.Payload, a.Log)
	}
	if want := answers[l.name]; compact(t, got.Answer) != compact(t, json.RawMessage(want)) {
		t.Errorf("answer %s, want %s\n%s\n%s", got.Answer, want, a.Payload, a.Log)
	}
	elsewhere := func(file string) bool { return !strings.HasPrefix(file, "/opt/python/") }
	if got.Python != l.runtime || got.Write != "EROFS" || len(got.Files) == 0 || slices.ContainsFunc(slices.Concat(got.Files, got.Compiled), elsewhere) {
		t.Errorf("the function ran elsewhere: %s", a.Payload)
	}
}

// compact returns JSON text without white space, keys in order.
func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Errorf("%v: %s", err, raw)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
