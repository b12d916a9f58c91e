package local

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

func TestSilence(t *testing.T) { storetest.Silence(t, fragile) }

// fragile is a folder as storetest.Silence wants it.
func fragile(t *testing.T) storetest.Fragile {
	o, l := open(t)
	dir := l.(*Layers).root.dir
	_, err := o.Put(t.Context(), "zip", storetest.Body([]byte("zip")))
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("zip")})
	if err != nil {
		t.Fatal(err)
	}
	uses := function{Layers: map[string][]string{"1": {v.ARN}}}
	err = errors.Join(l.Grant(t.Context(), "deps", 1, store.Principal("*").Grant()),
		(&root{dir: dir}).writeJSON(filepath.Join(dir, "functions", "f.json"), uses))
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Fragile{Objects: o, Layers: l, Damage: func(t *testing.T, part storetest.Part, content string) {
		damage(t, dir, part, content)
	}}
}

func damage(t *testing.T, dir string, part storetest.Part, content string) {
	path := filepath.Join(dir, filepath.FromSlash(map[storetest.Part]string{
		storetest.Versions: "layers/deps", storetest.Version: "layers/deps/1.json", storetest.Numbers: "layers/deps/last",
		storetest.Policy: "layers/deps/1.policy.json", storetest.Functions: "functions", storetest.Using: "functions/f.json",
		storetest.Listing: "objects/bucket/team/layers", storetest.Metadata: "meta/bucket/team/layers/zip.json",
	}[part]))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	// A listing that fails is one of a folder that is a file.
	if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// What is complete JSON, and about something else, is damage as well.
func TestFilesAboutSomethingElse(t *testing.T) {
	for name, c := range map[string]struct {
		part    storetest.Part
		content string
		ask     func(storetest.Fragile) error
	}{
		"another version": {storetest.Version, `{"arn":"arn:aws:lambda:local:000000000000:layer:deps:2","version":2,"created":"2025-01-01T00:00:00Z","code_sha256":"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=","code_size":1}`,
			func(f storetest.Fragile) error { _, err := f.Version(t.Context(), "deps", 1); return err }},
		"another layer": {storetest.Version, `{"arn":"arn:aws:lambda:local:000000000000:layer:other:1","version":1,"created":"2025-01-01T00:00:00Z","code_sha256":"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=","code_size":1}`,
			func(f storetest.Fragile) error { _, err := f.Versions(t.Context(), "deps"); return err }},
		"no digest": {storetest.Version, `{"arn":"arn:aws:lambda:local:000000000000:layer:deps:1","version":1,"created":"2025-01-01T00:00:00Z","code_sha256":"AA==","code_size":1}`,
			func(f storetest.Fragile) error { _, err := f.Version(t.Context(), "deps", 1); return err }},
		"an ARN without a version": {storetest.Using, `{"layers":{"1":["arn:aws:lambda:local:000000000000:layer:deps"]}}`,
			func(f storetest.Fragile) error { _, err := f.Users(t.Context(), "x"); return err }},
		"no ARN": {storetest.Using, `{"layers":{"1":["deps:1"]}}`,
			func(f storetest.Fragile) error { _, err := f.Users(t.Context(), "x"); return err }},
		"number 0": {storetest.Numbers, "0\n", func(f storetest.Fragile) error {
			_, err := f.Publish(t.Context(), store.Publication{Name: "deps", Content: f.Location("zip")})
			return err
		}},
		"a statement without a principal": {storetest.Policy, `[{"id":"x"}]`,
			func(f storetest.Fragile) error { _, err := f.Grants(t.Context(), "deps", 1); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			f := fragile(t)
			f.Damage(t, c.part, c.content)
			if err := c.ask(f); !errors.Is(err, errDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
}
