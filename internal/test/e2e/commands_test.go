package e2e

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// commands are what the scripts have beside testscript's own.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"wheel":    wheelCommand,
	"fake":     fakeCommand,
	"function": functionCommand,
	"damage":   damageCommand,
	"pin":      pinCommand,
	"serve":    serveCommand,
	"requests": requestsCommand,
	"object":   objectCommand,
	"status":   statusCommand,
	"same":     sameCommand,
}

// wheel FILE.whl MEMBER...
//
// Makes a wheel. A member is a path, with "=text" for its content, ":N" for a
// content of N MiB that compresses well, or "@MACHINE" for a library for x86_64,
// aarch64, or macos.
func wheelCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: wheel FILE.whl [PATH | PATH=TEXT | PATH:MIB | PATH@MACHINE]...")
	}
	wheel, err := parseWheel(args[0], args[1:])
	ts.Check(err)
	content, err := wheel.Bytes()
	ts.Check(err)
	writeFile(ts, args[0], content)
}

// fake
//
// Has a fleet of the project's own fake answer for AWS from here on, whose functions
// have revisions. The account is that which ends the access key.
func fakeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: fake")
	}
	fleet := fakeaws.NewFleet(ts.Value(testKey{}).(*testing.T))
	ts.Value(fleetKey{}).(map[string]*fakeaws.Fleet)["fleet"] = fleet
	ts.Setenv("AWS_ENDPOINT_URL", fleet.URL)
	ts.Setenv("AWS_ACCESS_KEY_ID", "AKIA123456789012")
}

// function REGION NAME LAYER VERSION [TAG=VALUE]
//
// Makes a function for python3.13 with a version of a layer in the fake, publishes it,
// and has the alias live point to it. The account is 123456789012.
func functionCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: function REGION NAME LAYER VERSION [TAG=VALUE]")
	}
	region, name := args[0], args[1]
	server := ts.Value(fleetKey{}).(map[string]*fakeaws.Fleet)["fleet"].At("123456789012", region)
	c := fakeaws.Configured{Tags: map[string]string{}, Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Handler: "app.main", Timeout: 3, MemorySize: 128,
		Role: "arn:aws:iam::123456789012:role/" + name, Architectures: []string{"x86_64"},
		Layers: []fakeaws.FunctionLayer{{Arn: "arn:aws:lambda:" + region + ":123456789012:layer:" + args[2] + ":" + args[3], CodeSize: 900}}}}
	for _, tag := range args[4:] {
		key, value, _ := strings.Cut(tag, "=")
		c.Tags[key] = value
	}
	server.Configure(name, c, true, "live")
}

// damage FILE.whl short|crc|encrypted|method|header
func damageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE.whl HOW")
	}
	content, err := damage([]byte(ts.ReadFile(args[0])), args[1])
	ts.Check(err)
	writeFile(ts, args[0], content)
}

// pin FILE WHEEL...
//
// Writes the wheels into FILE as a hashed requirements.txt.
func pinCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: pin FILE WHEEL...")
	}
	var lines []string
	for _, wheel := range args[1:] {
		parts := strings.Split(filepath.Base(wheel), "-")
		sum := sha256.Sum256([]byte(ts.ReadFile(wheel)))
		lines = append(lines, fmt.Sprintf("%s==%s \\\n    --hash=sha256:%x\n", parts[0], parts[1], sum))
	}
	writeFile(ts, args[0], []byte(strings.Join(lines, "")))
}

// serve FOLDER [ok|401|404|429|500|redirect]
//
// Starts an index with the wheels of FOLDER, until the script ends. Its address
// is in $INDEX, and in $LAMELLA_INDEX_URL. 429 answers so once and then
// properly; redirect wants user:secret, and sends requests for files to another
// host that must not be told them.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: serve FOLDER [BEHAVIOUR]")
	}
	behaviour := "ok"
	if len(args) == 2 {
		behaviour = args[1]
	}
	t := ts.Value(testKey{}).(*testing.T)
	server := testindex.Start(t, ts.MkAbs(args[0]))
	ts.Check(misbehave(t, ts, server, behaviour))
	ts.Setenv("INDEX", server.Index)
	ts.Setenv("LAMELLA_INDEX_URL", server.Index)
}

// requests [-max N]
//
// Prints the requests to AWS since the last time, one a line. With -max, more
// than N fail the script.
func requestsCommand(ts *testscript.TestScript, neg bool, args []string) {
	recorder := ts.Value(recorderKey{}).(*testenv.Recorder)
	requests := recorder.Take()
	_, err := io.WriteString(ts.Stdout(), strings.Join(requests, "\n")+"\n")
	ts.Check(err)
	switch {
	case neg || len(args) != 0 && (len(args) != 2 || args[0] != "-max"):
		ts.Fatalf("usage: requests [-max N]")
	case len(args) == 2:
		limit, err := strconv.Atoi(args[1])
		ts.Check(err)
		if len(requests) > limit {
			ts.Fatalf("%d requests, at most %d wanted:\n%s", len(requests), limit, strings.Join(requests, "\n"))
		}
	}
}

// object KEY
//
// Prints an object of $BUCKET to stdout and its headers to stderr. ! object
// wants that there is none.
func objectCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] object KEY")
	}
	request, err := http.NewRequest(http.MethodGet, ts.Getenv("AWS")+"/"+ts.Getenv("BUCKET")+"/"+args[0], nil)
	ts.Check(err)
	// moto looks who asks, not whether the signature is right.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	switch {
	case neg && response.StatusCode != http.StatusNotFound:
		ts.Fatalf("object %s: %s", args[0], response.Status)
	case !neg && response.StatusCode != http.StatusOK:
		ts.Fatalf("object %s: %s", args[0], response.Status)
	case neg:
		return
	}
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	names := make([]string, 0, len(response.Header))
	for name := range response.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(ts.Stderr(), "%s: %s\n", strings.ToLower(name), response.Header.Get(name))
	}
}

// status N COMMAND...
//
// Runs a program that has to end with the exit status N.
func statusCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	if got := exitStatus(err); got != want {
		ts.Fatalf("exit status %d, want %d (%v)", got, want, err)
	}
}

// same FILE FILE...
//
// Wants files to have one and the same content.
func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] same FILE FILE...")
	}
	for _, other := range args[1:] {
		if equal := ts.ReadFile(args[0]) == ts.ReadFile(other); equal == neg {
			ts.Fatalf("%s and %s: same content is %v", args[0], other, equal)
		}
	}
}

// exitStatus returns the exit status that the error of a run stands for.
func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

func writeFile(ts *testscript.TestScript, name string, content []byte) {
	path := ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, content, 0o666))
}
