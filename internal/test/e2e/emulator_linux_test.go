package e2e

import (
	"encoding/json"
	"os"
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
// read-only folder, and answers. Its modules are the layer's, and their bytecode is
// what is loaded: it would not be if a source had to be compiled, since those fail.
func TestFunctionsRunInTheEmulator(t *testing.T) {
	testenv.Heavy(t)
	if os.Geteuid() != 0 {
		testenv.Without(t, testenv.Superuser, "only root may mount the layer at /opt")
	}
	eachLock(t, func(t *testing.T, l lockFile) {
		want, ok := answers[l.name]
		if host := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]; !ok || l.arch != host {
			t.Skip("no function, or for another machine")
		}
		python := testenv.Interpreter(t, l.runtime)
		lambda, err := emulator.Install(python)
		if err != nil {
			testenv.Missing(t, err.Error())
		}
		opt := t.TempDir()
		archive := filepath.Join(t.TempDir(), "layer.zip")
		path := "PATH=" + filepath.Dir(python) + string(os.PathListSeparator) + os.Getenv("PATH")
		env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"), path)
		mustLamella(t, project(t, l), env, append(l.buildArgs(serveWheels(t, l).Index, archive), "--bytecode")...)
		unzip(t, archive, opt)
		sabotage(t, opt, "cpython-"+strings.ReplaceAll(strings.TrimPrefix(l.runtime, "python"), ".", ""))

		a, err := lambda.Invoke(t.Context(), emulator.Function{Layer: opt, Code: emulator.Functions(), Handler: l.name + ".handler"}, `{"number": 20}`)
		if err != nil {
			t.Fatal(err)
		}
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
		if compact(t, got.Answer) != compact(t, json.RawMessage(want)) {
			t.Errorf("answer %s, want %s\n%s\n%s", got.Answer, want, a.Payload, a.Log)
		}
		inLayer := func(file string) bool { return strings.HasPrefix(file, "/opt/python/") }
		if got.Python != l.runtime || got.Write != "EROFS" || len(got.Files) == 0 ||
			slices.IndexFunc(slices.Concat(got.Files, got.Compiled), func(f string) bool { return !inLayer(f) }) >= 0 {
			t.Errorf("the function ran elsewhere: %s", a.Payload)
		}
		if a.Init <= 0 {
			t.Errorf("INIT took %s", a.Init)
		}
		t.Logf("INIT %s, %s", a.Init, a.Payload)
	})
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
