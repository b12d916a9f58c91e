package prebuilt

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// isInfo reports whether name is the METADATA or RECORD of a distribution (PEP 376).
func isInfo(name string) bool {
	base := path.Base(name)
	return (base == "METADATA" || base == "RECORD") && strings.HasSuffix(path.Dir(name), ".dist-info")
}

// packages returns the distributions whose metadata is in the layer, sorted by name, or nil
// if there are none.
func (z *reader) packages() []publish.Package {
	sizes := map[string]int64{}
	for _, e := range z.entries {
		sizes[e.Name] = e.Size
	}
	var list []publish.Package
	for name, content := range z.kept {
		if path.Base(name) != "METADATA" {
			continue
		}
		p := publish.Package{}
		if p.Name, p.Version = nameAndVersion(content); p.Name == "" {
			continue
		}
		info := path.Dir(name)
		for _, file := range recorded(z.kept[info+"/RECORD"]) {
			p.Size += sizes[path.Join(path.Dir(info), file)]
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b publish.Package) int {
		return strings.Compare(a.Name+" "+a.Version, b.Name+" "+b.Version)
	})
	return list
}

// nameAndVersion reads the headers of a METADATA file. The name is normalized.
func nameAndVersion(metadata []byte) (name, version string) {
	for scanner := bufio.NewScanner(bytes.NewReader(metadata)); scanner.Scan() && scanner.Text() != ""; {
		key, value, _ := strings.Cut(scanner.Text(), ":")
		switch strings.ToLower(key) {
		case "name":
			name = pep503.Normalize(strings.TrimSpace(value))
		case "version":
			version = strings.TrimSpace(value)
		}
	}
	return name, version
}

// recorded returns the paths in a RECORD.
func recorded(record []byte) []string {
	rows := csv.NewReader(bytes.NewReader(record))
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	var paths []string
	for {
		row, err := rows.Read()
		if err != nil {
			return paths // the part that could be read: the sizes are only for display
		}
		paths = append(paths, row[0])
	}
}
