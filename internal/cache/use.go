package cache

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
)

// Use is a layer that was built from wheels in the cache.
type Use struct {
	Project string   `json:"project"` // absolute path of the project folder
	Layer   string   `json:"layer"`   // name of the layer
	Target  string   `json:"target"`  // such as "python3.13/x86_64"
	Wheels  []string `json:"wheels"`  // file names in the cache
}

// PutUse records the paths of the wheels that a layer was built from. It replaces what was
// recorded before.
func (c *Cache) PutUse(u Use, wheels []string) error {
	u.Wheels = nil
	for _, path := range wheels {
		u.Wheels = append(u.Wheels, filepath.Base(path))
	}
	slices.Sort(u.Wheels)
	value, err := json.Marshal(u)
	if err != nil {
		return err
	}
	name := digest.SHA256([]byte(u.Project + "\n" + u.Layer + "\n" + u.Target)).Hex()
	content := append([]byte(seal(usesDir, value)+"\n"), value...)
	path := filepath.Join(c.dir, usesDir, name+".json")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return diskFault(c.dir, c.writeFile(path, content))
}

// Uses returns the layers that were built from any of the wheels, which are given by path.
// The result is sorted by project, name, and target. Uses skips damaged records.
func (c *Cache) Uses(wheels []string) ([]Use, error) {
	gone := map[string]bool{}
	for _, path := range wheels {
		gone[filepath.Base(path)] = true
	}
	var uses []Use
	err := c.walk([]string{usesDir}, func(path string, _ fs.FileInfo) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var u Use
		sealed, value, _ := bytes.Cut(content, []byte("\n"))
		if string(sealed) != seal(usesDir, value) || json.Unmarshal(value, &u) != nil {
			return nil
		}
		if slices.ContainsFunc(u.Wheels, func(name string) bool { return gone[name] }) {
			uses = append(uses, u)
		}
		return nil
	})
	slices.SortFunc(uses, func(a, b Use) int {
		return strings.Compare(a.Project+"\n"+a.Layer+"\n"+a.Target, b.Project+"\n"+b.Layer+"\n"+b.Target)
	})
	return uses, err
}
