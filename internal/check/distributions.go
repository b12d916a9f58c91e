package check

import (
	"bytes"
	"encoding/csv"
	"io"
	"path"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/wheel"
)

// distribution is a distribution that is installed in the layer.
type distribution struct {
	name     string // normalised; "" if METADATA does not contain it
	version  string
	folder   string   // the .dist-info folder, relative to the zip
	requires []string // Requires-Dist as written
}

// maxMetadata is the maximum number of bytes that are read from METADATA or RECORD.
const maxMetadata = 64 << 20

// roots returns the folders of the zip in which Python looks for modules, in order.
func (c *content) roots() []string {
	return []string{c.target.SitePackages(), "python/"}
}

// inRoot returns a name relative to the folder in which Python finds it, and that folder.
func (c *content) inRoot(name string) (rest, root string, ok bool) {
	for _, root := range c.roots() {
		if rest, ok := strings.CutPrefix(name, root); ok {
			return rest, root, true
		}
	}
	return "", "", false
}

// readDistributions reads the metadata of the distributions. For each file without a known
// owner, it sets the owner to the distribution that lists the file.
func (c *content) readDistributions() error {
	index := make(map[string]int, len(c.entries))
	for i := range c.entries {
		index[c.entries[i].Name] = i
	}
	for i := range c.entries {
		rest, root, ok := c.inRoot(c.entries[i].Name)
		folder, file := path.Split(rest)
		if !ok || file != "METADATA" || !strings.HasSuffix(folder, ".dist-info/") || strings.Count(folder, "/") != 1 {
			continue
		}
		content, err := c.read(i)
		if err != nil {
			return err
		}
		d := &distribution{folder: root + folder, version: first(wheel.Headers(content, "Version")), requires: wheel.Headers(content, "Requires-Dist")}
		if name := first(wheel.Headers(content, "Name")); name != "" {
			d.name = pep503.Normalize(name)
		}
		c.distributions = append(c.distributions, d)
		record, ok := index[root+folder+"RECORD"]
		if !ok || c.entries[i].Owner != "" {
			continue
		}
		if err := c.claim(d, root, record, index); err != nil {
			return err
		}
	}
	return nil
}

// claim makes d the owner of the files that its RECORD lists.
func (c *content) claim(d *distribution, root string, record int, index map[string]int) error {
	content, err := c.read(record)
	if err != nil {
		return err
	}
	rows := csv.NewReader(bytes.NewReader(content))
	rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = -1, true, true
	for {
		row, err := rows.Read()
		if err != nil { // a damaged RECORD claims only what could be read
			break
		}
		if i, ok := index[path.Join(root, row[0])]; ok && c.entries[i].Owner == "" {
			c.entries[i].Owner = d.name
		}
	}
	return nil
}

// read returns the content of an entry.
func (c *content) read(i int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(c.entries[i].Open(), maxMetadata))
	if err != nil {
		return nil, unreadableEntry(&c.entries[i], err)
	}
	return content, nil
}

// first returns the first element of a list, or "" if the list is empty.
func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
