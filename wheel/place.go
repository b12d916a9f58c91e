package wheel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// place returns the path in a layer, relative to python/, of the member with the given
// name. It follows the schemes of the wheel specification, with a single folder for
// purelib, platlib, and data. It returns "" if the file does not go into a layer.
func (w *Wheel) place(name string) (string, error) {
	path := name
	if top, rest, nested := strings.Cut(name, "/"); nested && w.isDataFolder(top) {
		scheme, inside, ok := strings.Cut(rest, "/")
		if !ok {
			return "", errors.New("is directly in the .data folder, not in one of its subfolders (purelib, platlib, data, headers, scripts)")
		}
		switch scheme {
		case "purelib", "platlib", "data":
			path = inside
		case "headers", "scripts":
			return "", nil
		default:
			return "", fmt.Errorf("is in the subfolder %q of the .data folder, but only these are allowed: purelib, platlib, data, headers, scripts", scheme)
		}
	}
	if file, ok := strings.CutPrefix(path, w.distInfo+"/"); ok && isInstallerMetadata(file) {
		// What an installer records about one installation does not belong in an archive,
		// and would make a layer depend on its history.
		return "", nil
	}
	return path, nil
}

// isInstallerMetadata reports whether name is a file that installers add to a .dist-info
// folder (PyPA "Recording installed projects", "Direct URL").
func isInstallerMetadata(name string) bool {
	return name == "INSTALLER" || name == "REQUESTED" || name == "direct_url.json"
}

// isDataFolder reports whether top is this distribution's .data folder. It compares
// normalized names, because build tools may not spell it the same way as .dist-info. The
// .data folder of another distribution is treated like any other folder, as in uv.
func (w *Wheel) isDataFolder(top string) bool {
	name, ok := strings.CutSuffix(top, ".data")
	return ok && pep503.Normalize(name) == pep503.Normalize(strings.TrimSuffix(w.distInfo, ".dist-info"))
}

// isExecutable follows pip: a file is executable if its Unix mode has the type of a regular
// file and any x bit. Symbolic links are not executable.
func isExecutable(attrs uint32) bool {
	const typeMask, regular, anyExecute = 0o170000, 0o100000, 0o111
	mode := attrs >> 16
	return mode&typeMask == regular && mode&anyExecute != 0
}

// placed is a member and its path in a layer.
type placed struct {
	*member
	index int    // index in the archive's members
	path  string // relative to python/, "" if omitted
}

// layout returns the path of every member except folders, which are created when the layer
// is unpacked. Two members with the same path are an error unless their content is the
// same. layout compares size and CRC; [Verify] compares the bytes, because a CRC can be
// forged.
func (w *Wheel) layout() ([]placed, error) {
	files := make([]placed, 0, len(w.archive.members))
	seen := make(map[string]int, len(w.archive.members)) // path → index
	for i := range w.archive.members {
		m := &w.archive.members[i]
		if err := layer.CheckName(strings.TrimSuffix(m.name, "/")); err != nil {
			return nil, nameError(m.name, err)
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

// checkPlace returns an error for a path that a layer cannot have, or that is in the
// metadata of another distribution.
func (w *Wheel) checkPlace(name, path string) error {
	if top, _, nested := strings.Cut(path, "/"); nested && path != name && top != w.distInfo && strings.HasSuffix(top, ".dist-info") {
		return fmt.Errorf("belongs to a second .dist-info folder, %q", top)
	}
	if err := layer.CheckName(layer.Root + path); err != nil {
		return fmt.Errorf("cannot be in a layer: %w", err)
	}
	return nil
}

func nameError(name string, err error) error {
	return entryError(name, fmt.Errorf("cannot be in a layer: %w", err))
}

func twinError(first, second *member) error {
	if first.name == second.name {
		return entryError(second.name, errors.New("is in the wheel twice, with different content"))
	}
	return entryError(second.name, fmt.Errorf("has the same path in a layer as %q, but different content", first.name))
}

// checkTwins compares the contents of members with the same path.
func (w *Wheel) checkTwins(offsets []int64) error {
	for _, twin := range w.twins {
		a, b := &w.archive.members[twin[0]], &w.archive.members[twin[1]]
		same, err := layer.SameContent(w.entry(a, a.name, offsets[twin[0]]), w.entry(b, b.name, offsets[twin[1]]))
		if err != nil {
			return entryError(b.name, fmt.Errorf("cannot be read: %w", err))
		}
		if !same {
			return twinError(a, b)
		}
	}
	return nil
}
