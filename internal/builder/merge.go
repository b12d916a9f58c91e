package builder

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
)

// merger merges the files of several wheels, so that each path has only one file.
type merger struct {
	inputs     []Input
	prefer     preferences
	collisions []collision
	entries    []layer.Entry // all entries, sorted by name and owner
}

// collision is a path that several distributions contain and no preference resolves.
type collision struct {
	name   string
	owners []string // sorted
	folder bool     // whether owners[0] has a file there and the others have a folder
}

// merge sorts entries and keeps only one entry for each name.
func (m *merger) merge(entries []layer.Entry) ([]layer.Entry, error) {
	slices.SortFunc(entries, func(a, b layer.Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Owner, b.Owner))
	})
	m.entries = entries
	kept := make([]layer.Entry, 0, len(entries))
	for i, j := 0, 0; i < len(entries); i = j {
		for j = i + 1; j < len(entries) && entries[j].Name == entries[i].Name; j++ {
		}
		e, err := m.choose(entries[i:j])
		if err != nil {
			return nil, err
		}
		kept = append(kept, e)
	}
	kept = m.clear(kept)
	if len(m.collisions) > 0 {
		return nil, m.fault()
	}
	return kept, nil
}

// choose returns the one of copies, which are files with the same name, that goes into the
// layer.
func (m *merger) choose(copies []layer.Entry) (layer.Entry, error) {
	same := true
	for _, other := range copies[1:] {
		s, err := layer.SameContent(copies[0], other)
		if err != nil {
			return copies[0], readFault(&other, err)
		}
		same = same && s
	}
	if same {
		return copies[0], nil
	}
	if i, ok := m.prefer.pick(copies); ok {
		return copies[i], nil
	}
	for i := range copies { // otherwise, damage would look like a collision
		if err := copies[i].Check(); err != nil {
			return copies[0], readFault(&copies[i], err)
		}
	}
	if i, ok := sharedStub(copies); ok {
		return copies[i], nil
	}
	c := collision{name: copies[0].Name}
	for _, e := range copies {
		c.owners = append(c.owners, e.Owner)
	}
	m.collisions = append(m.collisions, c)
	return copies[0], nil
}

// clear resolves cases in which a file has the same path as another distribution's folder.
func (m *merger) clear(kept []layer.Entry) []layer.Entry {
	if file, _ := layer.Clash(kept); file < 0 {
		return kept
	}
	files := make(map[string]int, len(kept)) // indexes in kept, by name
	for i := range kept {
		files[kept[i].Name] = i
	}
	beneath := map[int][]int{} // file → entries that need a folder with its name
	for i := range kept {
		for name := kept[i].Name; strings.Contains(name, "/"); {
			name = name[:strings.LastIndexByte(name, '/')]
			if file, ok := files[name]; ok {
				beneath[file] = append(beneath[file], i)
			}
		}
	}
	drop := map[int]bool{}
	for i := range kept {
		if others := beneath[i]; others != nil {
			m.clash(kept, i, others, drop)
		}
	}
	var rest []layer.Entry
	for i := range kept {
		if !drop[i] {
			rest = append(rest, kept[i])
		}
	}
	return rest
}

// clash drops either the file or the entries beneath it, according to the preferences.
func (m *merger) clash(kept []layer.Entry, file int, beneath []int, drop map[int]bool) {
	c := collision{name: kept[file].Name, owners: []string{kept[file].Owner}, folder: true}
	for _, i := range beneath {
		if !slices.Contains(c.owners, kept[i].Owner) {
			c.owners = append(c.owners, kept[i].Owner)
		}
	}
	switch m.prefer.among(kept[file].Path(), func(owner string) bool { return slices.Contains(c.owners, owner) }) {
	case "":
		m.collisions = append(m.collisions, c)
	case kept[file].Owner:
		for _, i := range beneath {
			drop[i] = true
		}
	default:
		drop[file] = true
	}
}

// readFault returns the error for a file in a wheel that is unreadable or has changed.
func readFault(e *layer.Entry, err error) error {
	return &fault.Error{Kind: fault.Index, Message: fmt.Sprintf("cannot read %s of %s", e.Name, e.Owner), Subject: e.Name, Err: err,
		Hints: []string{"remove damaged wheels from the cache, so that the next build downloads them again: lamella cache verify"}}
}
