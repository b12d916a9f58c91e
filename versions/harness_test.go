package versions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/store/local"
)

const layer = "deps"

// fake returns an account that is empty but for a bucket, and a home in it.
func fake(t *testing.T) (*fakeaws.Server, publish.Destination) {
	t.Helper()
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{Sleep: noSleep})
	if err != nil {
		t.Fatal(err)
	}
	return server, publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
}

// noSleep is the patience of tests: none of it is waited for.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// folder returns a home in a folder.
func folder(t *testing.T, dir string) publish.Destination {
	t.Helper()
	o, l, err := local.New(dir, store.Prefix{Bucket: "bucket", Path: "home"})
	if err != nil {
		t.Fatal(err)
	}
	return publish.Destination{Objects: o, Layers: l, Tool: "lamella test"}
}

// content is a layer's zip for the tests: one distribution in a version.
func content(version string) string {
	if zip, ok := zips[version]; ok {
		return zip
	}
	return "zip of idna " + version
}

// zips are the contents of versions that are to be real zips.
var zips = map[string]string{}

func lockOf(version string) string { return "idna==" + version + " --hash=sha256:aa\n" }

// artifact writes the zip of a version of idna.
func artifact(t *testing.T, version string) publish.Artifact {
	t.Helper()
	data := []byte(content(version))
	path := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return publish.Artifact{Path: path, SHA256: sha256Hex(content(version)), Size: int64(len(data)), Unzipped: 100, Entries: 1,
		Inputs: digest.SHA256(data), Packages: packages(version)}
}

func packages(version string) []publish.Package {
	return []publish.Package{{Name: "idna", Version: version, Hash: "sha256:aa", Size: 100}}
}

// deploy publishes a version of idna.
func deploy(t *testing.T, d publish.Destination, version string, share ...store.Principal) *publish.Result {
	t.Helper()
	want := publish.Want{
		Layer: layer, Manifest: publish.Manifest{Name: "requirements.txt", Data: []byte(lockOf(version))}, Share: share,
		Identity: publish.Identity{Target: "python3.13/x86_64", Options: map[string][]string{"rules": {"1"}}},
		Runtimes: []string{"python3.13"},
		Build:    func(context.Context) (publish.Artifact, error) { return artifact(t, version), nil },
	}
	want.Resolve = func(context.Context) (publish.Resolved, error) {
		return publish.Resolved{Inputs: digest.SHA256([]byte(content(version))), Packages: packages(version)}, nil
	}
	plan, err := publish.Decide(t.Context(), d, want)
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// deployMany publishes n versions, 1.1 to 1.n.
func deployMany(t *testing.T, d publish.Destination, n int) {
	t.Helper()
	for i := range n {
		deploy(t, d, fmt.Sprintf("1.%d", i+1))
	}
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func testBody(data string) store.Body {
	sum := sha256.Sum256([]byte(data))
	return store.Body{Reader: strings.NewReader(data), Size: int64(len(data)), SHA256: sum[:]}
}
