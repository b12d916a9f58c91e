package wheel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// place returns where the member called name goes, relative to python/, by
// the schemes of the wheel specification with purelib, platlib and data being
// one folder. "" means that it is left out of a layer.
func (w *Wheel) place(name string) (string, error) {
	path := name
	if top, rest, nested := strings.Cut(name, "/"); nested && w.isDataFolder(top) {
		scheme, inside, ok := strings.Cut(rest, "/")
		if !ok {
			return "", errors.New("it lies in the .data folder, but in none of its schemes")
		}
		switch scheme {
		case "purelib", "platlib", "data":
			path = inside
		case "headers", "scripts":
			return "", nil
		default:
			return "", fmt.Errorf("%q is no scheme of the wheel format (purelib, platlib, data, headers, scripts)", scheme)
		}
	}
	if file, ok := strings.CutPrefix(path, w.distInfo+"/"); ok && isInstallerMetadata(file) {
		// An installer's notes about one installation have no business in an
		// archive and would make a layer depend on its history.
		return "", nil
	}
	return path, nil
}

// isInstallerMetadata reports the files that installers add to a .dist-info
// folder (PyPA "Recording installed projects", "Direct URL").
func isInstallerMetadata(name string) bool {
	return name == "INSTALLER" || name == "REQUESTED" || name == "direct_url.json"
}

// isDataFolder reports this distribution's .data folder. Its name is compared
// in normal form: build tools do not always spell it as they spell .dist-info.
// Another distribution's is a folder like any other, as it is for uv.
func (w *Wheel) isDataFolder(top string) bool {
	name, ok := strings.CutSuffix(top, ".data")
	return ok && pep503.Normalize(name) == pep503.Normalize(strings.TrimSuffix(w.distInfo, ".dist-info"))
}

// isExecutable is pip's rule: the Unix mode is that of a regular file with any
// x bit. A symbolic link is none.
func isExecutable(attrs uint32) bool {
	const typeMask, regular, anyExecute = 0o170000, 0o100000, 0o111
	mode := attrs >> 16
	return mode&typeMask == regular && mode&anyExecute != 0
}

// placed is one file with its place.
type placed struct {
	*member
	index int    // among the archive's members
	path  string // relative to python/, "" if it is left out
}

// layout places every member. Folders are dropped: unpacking makes them. The
// same path twice is an error unless the content is the same: here size and CRC
// are compared, and [Verify] compares the bytes, as a CRC can be made to fit.
func (w *Wheel) layout() ([]placed, error) {
	files := make([]placed, 0, len(w.archive.members))
	seen := make(map[string]int, len(w.archive.members)) // path → index
	for i := range w.archive.members {
		m := &w.archive.members[i]
		if err := layer.CheckName(strings.TrimSuffix(m.name, "/")); err != nil {
			return nil, entryError(m.name, err)
		}
		if m.isFolder() {
			continue
		}
		path, err := w.place(m.name)
		if err != nil {
			return nil, entryError(m.name, err)
		}
		if path != "" {
			if err := w.checkPlace(m.name, path); err != nil {
				return nil, entryError(m.name, err)
			}
			k, twice := seen[path]
			if first := &w.archive.members[k]; !twice {
				seen[path] = i
			} else if first.crc != m.crc || first.size != m.size {
				return nil, twinError(first, m)
			} else if w.twins = append(w.twins, [2]int{k, i}); first.name == m.name {
				continue
			} else {
				path = ""
			}
		}
		files = append(files, placed{m, i, path})
	}
	return files, nil
}

// checkPlace refuses a path that no layer can have, and one by which the wheel
// would install another distribution's metadata.
func (w *Wheel) checkPlace(name, path string) error {
	if top, _, nested := strings.Cut(path, "/"); nested && path != name && top != w.distInfo && strings.HasSuffix(top, ".dist-info") {
		return fmt.Errorf("it brings a second .dist-info folder, %q", top)
	}
	return layer.CheckName(layer.Root + path)
}

func twinError(first, second *member) error {
	return entryError(second.name, fmt.Errorf("it goes to the same place as entry %q, with other content", first.name))
}

// checkTwins compares the contents of the members that go to one place.
func (w *Wheel) checkTwins(offsets []int64) error {
	for _, twin := range w.twins {
		a, b := &w.archive.members[twin[0]], &w.archive.members[twin[1]]
		same, err := layer.SameContent(w.entry(a, a.name, offsets[twin[0]]), w.entry(b, b.name, offsets[twin[1]]))
		if err != nil {
			return entryError(b.name, err)
		}
		if !same {
			return twinError(a, b)
		}
	}
	return nil
}
