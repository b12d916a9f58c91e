package versions

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// noRebuild is for rollbacks that have to find the zip.
func noRebuild(context.Context, publish.Stored) (Rebuilt, error) {
	return Rebuilt{}, errors.New("it was rebuilt")
}

// rebuild makes a zip of the given content.
func rebuild(t *testing.T, data string) Rebuild {
	return func(_ context.Context, s publish.Stored) (Rebuilt, error) {
		path := filepath.Join(t.TempDir(), "rebuilt.zip")
		return Rebuilt{Path: path, SHA256: sha256Hex(data), From: s.Manifest.Name}, os.WriteFile(path, []byte(data), 0o600)
	}
}

func TestRollback(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 3)
	rollback := func() *publish.Result {
		t.Helper()
		r, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := rollback()
	if !r.Published || r.Version != 4 || r.Outcome != publish.RolledBack || len(r.Changes) != 1 || r.Changes[0].New.Version != "1.1" {
		t.Fatalf("%+v", r)
	}
	first, _ := d.Layers.Version(t.Context(), layer, 1)
	fourth, _ := d.Layers.Version(t.Context(), layer, 4)
	if first.CodeSHA256 != fourth.CodeSHA256 || fourth.CodeSHA256 == "" || !slices.Equal(first.Runtimes, fourth.Runtimes) {
		t.Errorf("version 4 is %+v, version 1 %+v", fourth, first)
	}
	if got := string(server.Object("bucket", "home/layer/000004/requirements.txt")); got != lockOf("1.1") {
		t.Errorf("its manifest is %q", got)
	}
	record, err := d.Record(t.Context(), layer, fourth.ARN, 4)
	if err != nil || record.Again != 1 || record.Packages[0].Version != "1.1" || record.ARN != fourth.ARN {
		t.Errorf("its record is %+v, %v", record, err)
	}
	// Once more it is nothing, and no zip is looked for.
	server.Delete("bucket", "home/"+publish.ZipKey(sha256Hex(content("1.1"))))
	server.Reset()
	if r := rollback(); r.Published || r.Version != 4 || r.Outcome != publish.Unchanged || server.Count("Content") != 0 {
		t.Errorf("once more: %+v", r)
	}
	// The lock of version 1 is that of the latest now, the lock of version 3 is not.
	if r := deploy(t, d, "1.1"); r.Published || r.Version != 4 {
		t.Errorf("the old lock: %+v", r)
	}
	if r := deploy(t, d, "1.3"); !r.Published || r.Version != 5 {
		t.Errorf("the new lock: %+v", r)
	}
}

// The bytes come from the stored zip, else from Lambda, else from the manifest.
func TestRollbackFindsTheZip(t *testing.T) {
	zip := "home/" + publish.ZipKey(sha256Hex(content("1.1")))
	for _, test := range []struct {
		name    string
		stored  bool
		served  bool
		rebuilt string
		refused string
	}{
		{"stored", true, false, "", ""},
		{"served", false, true, "", ""},
		{"rebuilt", false, false, content("1.1"), ""},
		{"rebuilt otherwise", false, false, "another zip", sha256Hex("another zip")},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, d := fake(t)
			deployMany(t, d, 2)
			if !test.stored {
				server.Delete("bucket", zip)
			}
			if !test.served {
				server.Inject(fakeaws.Fault{Op: "Content", Times: 10, Status: 403, Code: "AccessDenied"})
			}
			r, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: rebuild(t, test.rebuilt)})
			if test.refused != "" {
				if catalogue.KindOf(err) == fault.Other || !strings.Contains(strings.Join(fault.Details(err), "\n"), test.refused) || len(fault.Hints(err)) == 0 {
					t.Errorf("got %+v, %v %q", r, err, fault.Details(err))
				}
				if got := server.Versions(layer); len(got) != 2 {
					t.Errorf("versions %v", got)
				}
				return
			}
			if err != nil || !r.Published || r.Version != 3 {
				t.Fatalf("got %+v, %v", r, err)
			}
			if got := string(server.Object("bucket", zip)); got != content("1.1") {
				t.Errorf("the zip holds %q", got)
			}
		})
	}
}

// An endless answer is not taken: the size of a version's zip is known.
func TestSaveTakesNoMoreThanTheZip(t *testing.T) {
	zip := content("1.1")
	a := publish.Artifact{Path: filepath.Join(t.TempDir(), "layer.zip"), SHA256: sha256Hex(zip), Size: int64(len(zip))}
	for name, test := range map[string]struct {
		body string
		kind fault.Kind
	}{
		"whole":    {zip, fault.Other},
		"short":    {zip[:len(zip)-1], fault.Destination},
		"a byte":   {zip + "x", fault.Destination},
		"much":     {zip + strings.Repeat("x", 1<<20), fault.Destination},
		"damaged":  {strings.ToUpper(zip) + "x", fault.Destination},
		"nothing":  {"", fault.Destination},
		"too long": {strings.Repeat(zip, 100), fault.Destination},
	} {
		taken := &counted{r: strings.NewReader(test.body)}
		err := save(io.NopCloser(taken), "arn:aws:lambda:eu-central-1:123456789012:layer:deps:1", a)
		if catalogue.KindOf(err) != test.kind || taken.n > a.Size+1 {
			t.Errorf("%s: %v after %d bytes of %d", name, err, taken.n, a.Size)
		}
	}
}

// counted counts the bytes that were read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// The presigned URL of a version's content is a secret.
func TestContentIsNotNamed(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 1)
	for _, f := range []fakeaws.Fault{{Op: "Content", Status: 403, Code: "AccessDenied"}, {Op: "Content", Drop: true, Times: 9}} {
		server.Inject(f)
		body, err := d.Layers.Content(t.Context(), layer, 1)
		if catalogue.KindOf(err) == fault.Other {
			_ = body.Close()
			t.Fatal("no error")
		}
		if strings.Contains(err.Error(), "awslambda-layers") || strings.Contains(err.Error(), server.URL) || len(fault.Hints(err)) == 0 {
			t.Errorf("%v", err)
		}
		server.Reset()
	}
}

// A crash between publishing and recording is completed by the next run.
func TestRollbackAfterACrash(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	server.Inject(fakeaws.Fault{Op: "PutObject", Suffix: "000003/lamella.json", Times: 9, Status: 403, Code: "AccessDenied"})
	if _, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild}); catalogue.KindOf(err) == fault.Other {
		t.Fatal("no error")
	}
	server.Reset()
	r, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild})
	if err != nil || r.Published || r.Version != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := server.Versions(layer); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("versions %v", got)
	}
	if server.Object("bucket", "home/layer/000003/requirements.txt") == nil || server.Object("bucket", "home/layer/000003/lamella.json") == nil {
		t.Error("the state is not complete")
	}
}

func TestRollbackOfWhatAnotherToolPublished(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	if err := d.Objects.Delete(t.Context(), "layer/000001/lamella.json"); err != nil {
		t.Fatal(err)
	}
	r, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild})
	if err != nil || !r.Published {
		t.Fatalf("%+v, %v", r, err)
	}
	record, err := d.Record(t.Context(), layer, r.ARN, r.Version)
	if err != nil || record.Identity != "" || record.Again != 1 {
		t.Errorf("its options are not known, its record is %+v, %v", record, err)
	}
	// Without a manifest nothing says what it was made of.
	if err := d.Objects.Delete(t.Context(), "layer/000001/requirements.txt"); err != nil {
		t.Fatal(err)
	}
	_, err = Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild})
	if catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
		t.Errorf("got %v", err)
	}
	if got := server.Versions(layer); len(got) != 3 {
		t.Errorf("versions %v", got)
	}
}

// A version that has the content and no state beside it gets that of the old one.
func TestRollbackHeals(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	if _, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild}); err != nil {
		t.Fatal(err)
	}
	server.Delete("bucket", "home/layer/000003/lamella.json")
	server.Delete("bucket", "home/layer/000003/requirements.txt")
	server.Delete("bucket", "home/layer/lease")
	r, err := Rollback(t.Context(), d, layer, "1", RollbackOptions{Rebuild: noRebuild, Share: []store.Principal{store.Everyone}})
	if err != nil || r.Published || r.Version != 3 || r.Outcome != publish.Repaired {
		t.Fatalf("%+v, %v", r, err)
	}
	record, err := d.Record(t.Context(), layer, r.ARN, 3)
	if err != nil || record == nil || record.Again != 1 || record.Packages[0].Version != "1.1" || !slices.Equal(record.Share, []store.Principal{store.Everyone}) {
		t.Errorf("%+v, %v", record, err)
	}
	if got := string(server.Object("bucket", "home/layer/000003/requirements.txt")); got != lockOf("1.1") {
		t.Errorf("its manifest is %q", got)
	}
}
