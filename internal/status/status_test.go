package status

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

func deploy(t *testing.T, d publish.Destination, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	a := publish.Artifact{Path: path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(text)), Unzipped: 10, Entries: 1, Inputs: digest.SHA256([]byte(text))}
	plan, err := publish.Decide(t.Context(), d, publish.Want{Layer: "deps", Manifest: publish.Manifest{Name: "uv.lock", Data: []byte(text)},
		Identity: publish.Identity{Target: "python3.13/x86_64"}, Build: func(context.Context) (publish.Artifact, error) { return a, nil }})
	if err == nil {
		_, err = plan.Execute(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// against compares with a lock file of this text.
func against(text string) func(*publish.Record) (bool, error) {
	return func(r *publish.Record) (bool, error) {
		sum := sha256.Sum256([]byte(text))
		return r.Manifest.SHA256 == hex.EncodeToString(sum[:]), nil
	}
}

func TestStates(t *testing.T) {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := publish.Destination{Objects: o, Layers: l, Tool: "lamella test", Parameter: "/layers/deps"}
	if row, err := Of(t.Context(), d, "deps", Options{Compare: against("1")}); err != nil || row.State != NeverPublished || row.State.Settled() {
		t.Errorf("%+v, %v", row, err)
	}
	deploy(t, d, "1")
	deploy(t, d, "2")
	for i, version := range []int{1, 2, 2} {
		server.Configure(fmt.Sprintf("f%d", i), fakeaws.Configured{Latest: fakeaws.FunctionConfig{
			Layers: []fakeaws.FunctionLayer{{Arn: fmt.Sprintf("arn:aws:lambda:eu-central-1:123456789012:layer:deps:%d", version)}}}}, false)
	}
	inventory, err := functions.Read(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	server.Reset()
	row, err := Of(t.Context(), d, "deps", Options{Compare: against("2"), Inventory: inventory})
	if err != nil || row.State != Current || !row.State.Settled() || row.Version != 2 || row.Kept != 2 || len(row.Users.Newest) != 2 || len(row.Users.Older) != 1 ||
		!row.ParameterCurrent || row.Size != 1 || row.Target != "python3.13/x86_64" || row.Created.IsZero() {
		t.Errorf("%+v, %v", row, err)
	}
	if calls := server.Requests(); len(calls) > 3 {
		t.Errorf("%d requests: %v", len(calls), calls)
	}
	if row, err := Of(t.Context(), d, "deps", Options{Compare: against("3")}); err != nil || row.State != Behind {
		t.Errorf("%+v, %v", row, err)
	}
	if row, err := Of(t.Context(), d, "deps", Options{}); err != nil || row.State != Unknown {
		t.Errorf("%+v, %v", row, err)
	}
	record := "home/layer/000002/lamella.json"
	if !bytes.Contains(server.Object("bucket", record), []byte(`"deps"`)) {
		t.Fatal("no record")
	}
	server.Delete("bucket", record)
	if row, err := Of(t.Context(), d, "deps", Options{Compare: against("2")}); err != nil || row.State != Foreign {
		t.Errorf("%+v, %v", row, err)
	}
	// What may not be read is no state.
	for _, op := range []string{"ListLayerVersions", "GetObject", "GetParameter"} {
		server.Reset()
		server.Inject(fakeaws.Fault{Op: op, Times: 9, Status: 403, Code: "AccessDenied", Message: "no"})
		if _, err := Of(t.Context(), d, "deps", Options{Compare: against("2")}); err == nil {
			t.Errorf("%s is refused, and there is no error", op)
		}
	}
}
