package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// fleet is a project with many layers and places on the fake.
type fleet struct {
	t    *testing.T
	fake *fakeaws.Fleet
	dir  string
	env  []string
	all  int // layers × places
}

// newFleet is a project with this configuration, whose profiles are the accounts.
func newFleet(t *testing.T, accounts []string, config string, all int) *fleet {
	t.Helper()
	f := &fleet{t: t, fake: fakeaws.NewFleet(t), dir: smallProject(t, 3), all: all}
	var profiles, destinations strings.Builder
	for i, account := range accounts {
		fmt.Fprintf(&profiles, "[account%d]\naws_access_key_id = AKIA%s\naws_secret_access_key = secret\n", i, account)
		fmt.Fprintf(&destinations, "[[destination]]\nprofile = \"account%d\"\n", i)
	}
	f.write("credentials", profiles.String())
	f.write("lamella.toml", config+destinations.String())
	f.env = cleanEnv(t, t.TempDir(), "AWS_ENDPOINT_URL="+f.fake.URL, "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(f.dir, "credentials"), "AWS_CONFIG_FILE=/nonexistent")
	return f
}

func (f *fleet) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// run runs lamella, logs what it took, and returns its stdout and the requests for
// each layer and place.
func (f *fleet) run(args ...string) (stdout string, each float64, memory int64) {
	f.t.Helper()
	f.fake.Reset()
	var out, stderr bytes.Buffer
	command := exec.Command(binary, append(args, "-q")...)
	command.Dir, command.Env, command.Stdout, command.Stderr = f.dir, f.env, &out, &stderr
	began := time.Now()
	used, err := testenv.Measure(f.t, command)
	if err != nil {
		f.t.Fatalf("%s: %v\n%s", args, err, &stderr)
	}
	each = float64(f.fake.Requests()) / float64(f.all)
	f.t.Logf("%-50s %6.2f requests for each of %d, %5.1f s, %d MiB", strings.Join(args, " "), each, f.all, time.Since(began).Seconds(), used.PeakMemory>>20)
	return out.String(), each, used.PeakMemory
}

// Three layers for two runtimes and two architectures in three regions of two
// accounts: one command for everything.
func TestFleet(t *testing.T) {
	testenv.Heavy(t)
	regions := []string{"us-east-1", "eu-central-1", "ap-south-1"}
	accounts := []string{"111122223333", "444455556666"}
	f := newFleet(t, accounts, `runtime = ["python3.12", "python3.13"]
arch = ["x86_64", "arm64"]
region = ["us-east-1", "eu-central-1", "ap-south-1"]
to = "s3://layers-{region}/{layer}"
find-links = ["wheels"]
share = ["999988887777"]
attach = ["fn-*"]
[[layer]]
name = "web-{runtime}-{arch}"
[[layer]]
name = "data-{runtime}-{arch}"
[[layer]]
name = "jobs-{runtime}-{arch}"
`, 3*2*2*3*2)
	f.run("deploy")
	for _, account := range accounts {
		for _, region := range regions {
			for _, layer := range []string{"web", "data", "jobs"} {
				f.fake.At(account, region).Configure("fn-"+layer, fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Architectures: []string{"x86_64"}, Timeout: 3,
					Layers: []fakeaws.FunctionLayer{{Arn: "arn:aws:lambda:" + region + ":" + account + ":layer:" + layer + "-python313-x86_64:1", CodeSize: 900}}}}, true, "live")
			}
		}
	}
	if _, each, _ := f.run("ls"); each > 3 {
		t.Errorf("ls sends %.2f requests for each", each)
	}
	f.run("verify")
	f.run("share", "--sync")
	f.run("deploy", "--force")
	f.run("deploy", "--force")
	f.run("attach")
	f.run("attach", "--yes")
	f.run("users")
	f.run("rollback", "1", "--yes")
	f.run("prune", "--keep", "2")
	f.run("prune", "--keep", "2", "--shared", "--yes")
	text, each, _ := f.run("ls", "--json")
	if each > 3 {
		t.Errorf("ls sends %.2f requests for each", each)
	}
	var listed struct {
		Layers []struct {
			Layer    string `json:"layer"`
			State    string `json:"state"`
			Versions int    `json:"versions"`
		} `json:"layers"`
	}
	if err := json.Unmarshal([]byte(text), &listed); err != nil || len(listed.Layers) != f.all {
		t.Fatalf("%d layers, %v", len(listed.Layers), err)
	}
	for _, l := range listed.Layers {
		kept := 2 // version 1 where a published version of a function uses it, too
		if strings.HasSuffix(l.Layer, "-python313-x86_64") {
			kept = 3
		}
		if l.State != "current" || l.Versions != kept {
			t.Errorf("%s is %s and has %d versions, not %d", l.Layer, l.State, l.Versions, kept)
		}
	}
}
