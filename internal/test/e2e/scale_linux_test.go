package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// regionsOfLambda are thirty, as an account may have them enabled.
var regionsOfLambda = strings.Fields(`us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 sa-east-1 af-south-1
	eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1
	ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3
	ap-southeast-4 ap-southeast-5`)

// One layer for five runtimes and two architectures in thirty regions: 300
// versions by one command, and by a second one nothing, with at most three
// requests for each.
func TestScale(t *testing.T) {
	testenv.Heavy(t)
	const runtimes, archs, mostRequests, mostMemory = 5, 2, 3, 200 << 20
	all := runtimes * archs * len(regionsOfLambda)
	recorder := testenv.Record(t, testenv.Moto(t))
	bucket := testenv.Bucket(t, recorder.URL)
	for _, region := range regionsOfLambda {
		if err := testenv.MakeBucket(recorder.URL, bucket+"-"+region); err != nil {
			t.Fatal(err)
		}
	}
	app := smallProject(t, 3)
	settings := fmt.Sprintf(`name = "{name}-{runtime}-{arch}"
to = "s3://%s-{region}/{layer}"
runtime = ["python3.10", "python3.11", "python3.12", "python3.13", "python3.14"]
arch = ["x86_64", "arm64"]
region = ["%s"]
find-links = ["wheels"]
`, bucket, strings.Join(regionsOfLambda, `", "`))
	if err := os.WriteFile(filepath.Join(app, "lamella.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	env := cleanEnv(t, t.TempDir(), testenv.AWSEnv(recorder.URL)...)

	run := func(what string) []string {
		t.Helper()
		recorder.Take()
		var stdout, stderr bytes.Buffer
		command := exec.Command(binary, "deploy", "-q")
		command.Dir, command.Env, command.Stdout, command.Stderr = app, env, &stdout, &stderr
		began := time.Now()
		used, err := testenv.Measure(t, command)
		if err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		memory := used.PeakMemory
		requests := len(recorder.Take())
		arns := strings.Fields(stdout.String())
		t.Logf("%s: %d versions, %d requests, %.1f for each, %d MiB of memory, %.1f s", what, len(arns), requests,
			float64(requests)/float64(len(arns)), memory>>20, time.Since(began).Seconds())
		if memory > mostMemory {
			t.Errorf("%s: %d MiB of memory, at most %d wanted", what, memory>>20, mostMemory>>20)
		}
		if what == "again" && requests > mostRequests*all {
			t.Errorf("%s: %d requests, at most %d wanted", what, requests, mostRequests*all)
		}
		return arns
	}
	first := run("first")
	if distinct := slices.Compact(slices.Sorted(slices.Values(first))); len(distinct) != all {
		t.Errorf("%d versions, not %d", len(distinct), all)
	}
	for _, arn := range first {
		if !strings.HasSuffix(arn, ":1") {
			t.Error(arn)
		}
	}
	if again := run("again"); !slices.Equal(first, again) {
		t.Error("the second run ended with other versions")
	}
}
