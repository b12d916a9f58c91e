package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// testApp is an app that writes into buffers.
func testApp(t *testing.T, asJSON bool) (a *app, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	stdio := Stdio{Out: stdout, Err: stderr, LookupEnv: func(string) (string, bool) { return "", false }}
	return &app{Stdio: stdio, json: asJSON, display: newDisplay(stdio, false, false)}, stdout, stderr
}

func result() *publish.Result {
	return &publish.Result{
		Layer: "web", ARN: "arn:x:3", Version: 3, Outcome: publish.LockChanged,
		Reason: "the lock changed, the layer did not", Warnings: []string{"a warning"}, Notes: []string{"a note"},
	}
}

func TestPrintPublished(t *testing.T) {
	a, stdout, stderr := testApp(t, false)
	if err := a.printPublished(result()); err != nil {
		t.Fatal(err)
	}
	if got, want := stdout.String(), "arn:x:3\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	if got, want := stderr.String(), "warning: a warning\nnote: a note\nunchanged since version 3: the lock changed, the layer did not\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

// TestPrintSeveral: of several layers, each has one line, but no warning is left out.
func TestPrintSeveral(t *testing.T) {
	a, _, stderr := testApp(t, false)
	web := lamella.Layer{Name: "web", Runtime: "python3.13", Architecture: "arm64"}
	data := web
	data.Name = "data"
	quiet := result()
	quiet.Warnings = nil
	if err := a.printDeployed([]deploy.Deployed{{Layer: data, Result: quiet}, {Layer: web, Result: result()}}); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`%[1]s: unchanged since version 3: the lock changed, the layer did not
warning: %[2]s: a warning
%[2]s: unchanged since version 3: the lock changed, the layer did not
`, data, web)
	if got := stderr.String(); got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

func TestPrintError(t *testing.T) {
	a, stdout, stderr := testApp(t, false)
	a.printError(&fault.Error{
		Kind: fault.Lock, Message: "cannot resolve numpy 2.3.0", Subject: "numpy 2.3.0", Err: errors.New("no wheel\nfits"),
		Details: []string{"numpy.whl: needs \x1b[1mmanylinux_2_28"}, Hints: []string{"lamella build --runtime python3.12"},
	})
	want := `lamella: error: cannot resolve numpy 2.3.0: no wheel; fits
  numpy.whl: needs \x1b[1mmanylinux_2_28
lamella: hint: lamella build --runtime python3.12
`
	if got := stderr.String(); got != want || stdout.Len() > 0 {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A run whose context ends is an interruption, whatever else failed.
func TestInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	t.Setenv("LAMELLA_CACHE_DIR", dir)
	wheel := filepath.Join(dir, "wheels", "sha256", "2c", "2c"+string(bytes.Repeat([]byte("0"), 62))+".whl")
	if err := os.MkdirAll(filepath.Dir(wheel), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(wheel, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	status := Main(ctx, []string{"cache", "verify", "--json"}, Stdio{Out: &stdout, Err: &stderr, LookupEnv: os.LookupEnv})
	if status != statusInterrupted || stderr.String() != "lamella: interrupted\n" {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
	var failed struct{ Error output.Error }
	if err := json.Unmarshal(stdout.Bytes(), &failed); err != nil || failed.Error.Kind != "interrupted" {
		t.Errorf("stdout %s, %v", stdout.String(), err)
	}
}

// The shape of every JSON result is fixed by a golden file: what changes there
// may need a new output.Version.
func TestJSON(t *testing.T) {
	layer := lamella.Layer{Name: "web", Runtime: "python3.13", Architecture: "arm64", Destination: lamella.Destination{To: "s3://bucket/{layer}"}}
	built := &project.Zip{
		Path: "layer.zip", SHA256: "aa", Size: 1, Unzipped: 2, Entries: 3, Inputs: "sha256:bb",
		Target:        targets("python3.13/arm64")[0],
		Distributions: []publish.Package{{Name: "six", Version: "1.16.0", File: "six.whl", Hash: "sha256:cc", Size: 2}},
		LeftOut:       []project.LeftOut{{Exclude: "a & <b>/**", Files: 4, Bytes: 5}, {Exclude: "boto3 1.40.0", Bytes: 6, Wheel: 7}},
		AlsoFits:      targets("python3.9/x86_64"),
	}
	a, stdout, _ := testApp(t, true)
	for _, print := range []func() error{
		func() error { return a.printBuilt(built) },
		func() error { return a.printBuilt(&project.Zip{Path: "package.zip", SHA256: "dd"}) },
		func() error { return a.printPublished(result()) },
		func() error {
			return a.print("", a.plannedJSON(layer, &deploy.Plan{Zip: built, Plan: &publish.Plan{
				Outcome: publish.Changed, Reason: "The content is new.", Changes: changes(),
				Latest: &store.LayerVersion{Version: 3, ARN: "arn:x:3"},
			}, Unhashed: []project.Unhashed{{Distribution: resolution().Distributions[0], Add: "--hash=sha256:cc"}}}))
		},
		func() error {
			return a.print("", a.plannedJSON(layer, &deploy.Plan{Plan: &publish.Plan{Outcome: publish.First, Reason: "New."}}))
		},
		func() error {
			return a.print("", output.History{Versions: []publish.HistoryItem{
				{Version: 1, ARN: "arn:x:1", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Changes: changes()[:1]},
			}})
		},
		func() error { return a.print("", resolvedView(resolution())) },
		func() error { return a.print("", whyView(explained())) },
		func() error { return a.print("", dependencyTree()) },
		func() error {
			err := &fault.Error{Kind: fault.Index, Message: "cannot fetch six", Subject: "six", Err: errors.New("404"), Details: []string{"d"}, Hints: []string{"h"}}
			return a.writeJSON(output.Document{Layers: []output.Row{layerRow(layer)}, Error: a.failure(err)})
		},
	} {
		if err := print(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join("testdata", "output.json")
	if *update {
		if err := os.WriteFile(path, stdout.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stdout.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", stdout, want)
	}
}
