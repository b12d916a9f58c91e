package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// ContentsName is the name of the manifest of a version that was published from a zip or a
// folder instead of a lock file. The manifest lists the layer's files.
const ContentsName = "contents.txt"

// File is a file of a layer, as listed in its contents.
type File struct {
	Name       string // slash-separated path in the zip
	Executable bool
	SHA256     string // of the unzipped bytes, hexadecimal
}

// Contents returns the list of files as a manifest: one line for each file, sorted by name,
// with its SHA-256, mode (644 or 755), and name. Two layers with the same files have the
// same list, whatever the order, times, and compression of their zips.
func Contents(files []File) Manifest {
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	for _, f := range files {
		mode := 644
		if f.Executable {
			mode = 755
		}
		fmt.Fprintf(&b, "%s %d %s\n", f.SHA256, mode, f.Name)
	}
	return Manifest{Name: ContentsName, Data: b.Bytes()}
}

// IsContents reports whether m, which may be nil, is a list of files rather than a lock
// file.
func (m *Manifest) IsContents() bool { return m != nil && m.Name == ContentsName }

// CompareContents returns the names of the files that differ between two lists, sorted by
// name. Each name has a prefix: "+" if the file was added, "-" if it was removed, and "~" if
// it changed.
func CompareContents(old, new []byte) []string {
	before, after := contentLines(old), contentLines(new)
	names := map[string]bool{}
	for _, lines := range []map[string]string{before, after} {
		for name := range lines {
			names[name] = true
		}
	}
	var changes []string
	for name := range names {
		was, existed := before[name]
		is, exists := after[name]
		switch {
		case !existed:
			changes = append(changes, "+"+name)
		case !exists:
			changes = append(changes, "-"+name)
		case was != is:
			changes = append(changes, "~"+name)
		}
	}
	slices.SortFunc(changes, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
	return changes
}

// contentLines returns the digest and mode of each file in a list, keyed by name.
func contentLines(data []byte) map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(string(data)) {
		sum, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		mode, name, ok := strings.Cut(rest, " ")
		if ok {
			lines[name] = sum + " " + mode
		}
	}
	return lines
}

// sameFiles reports whether the stored zip of the latest version has the same files as the
// zip to be published.
func (c *comparison) sameFiles(ctx context.Context, latest store.LayerVersion) (bool, error) {
	r, a := c.stored.record, c.plan.Artifact
	if c.w.SameFiles == nil || r == nil || r.Zip.Entries != a.Entries || r.Zip.Unzipped != a.Unzipped {
		return false, nil
	}
	body, _, err := c.d.Objects.Open(ctx, zipKey(hexDigest(latest.CodeSHA256)))
	if errors.Is(err, store.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer body.Close()
	return c.w.SameFiles(ctx, bound.Reader(body, r.Zip.Size, "the zip of this version"))
}

// contentsReason summarizes how two lists differ.
func contentsReason(old, new []byte) string {
	changes := CompareContents(old, new)
	if len(changes) == 1 {
		return "a file changed: " + changes[0]
	}
	return fmt.Sprintf("%d files changed", len(changes))
}
