package strip

import (
	"bytes"
	"hash/crc32"
	"path"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// replace replaces the entries with what was stripped.
func (s *stripper) replace(groups []*group) error {
	verified, err := s.verified()
	if err != nil {
		return err
	}
	type made struct {
		*packed.Item
		*group
	}
	byName := map[string]made{}
	for _, g := range groups {
		items := packed.BySource(g.items)
		for k := range g.files {
			byName[g.files[k].Name] = made{items[packed.SourceOf(&g.files[k])], g}
		}
	}
	changed := map[string]*packed.Item{}
	for i := range s.result.Entries {
		e := &s.result.Entries[i]
		m, ok := byName[e.Name]
		if !ok || m.Same {
			continue
		}
		reason := m.Rejected
		if reason == "" {
			reason = verified(e.Name)
		}
		if reason != "" {
			s.result.Kept = append(s.result.Kept, Kept{e.Name, reason})
			continue
		}
		stripped := m.Entry(e.Name, e.Owner, m.at)
		stripped.Executable, stripped.Code = e.Executable, e.Code
		s.result.Files++
		s.result.Bytes += e.Size - stripped.Size
		*e = stripped
		changed[e.Name] = m.Item
	}
	return s.updateRecords(changed)
}

// verified returns a function that says what verifies the bytes of a file, or "" if nothing
// does.
func (s *stripper) verified() (func(name string) string, error) {
	names := map[string]bool{}
	for i := range s.result.Entries {
		names[s.result.Entries[i].Name] = true
	}
	signed := map[string]string{}
	for i := range s.result.Entries {
		e := &s.result.Entries[i]
		if !packed.IsRecord(e) || !names[e.Name+".jws"] && !names[e.Name+".p7s"] { // PEP 427, "Signed wheel files"
			continue
		}
		if _, err := packed.EditRecord(e, func(row *wheel.Row) bool { signed[recorded(e, row)] = e.Name; return false }); err != nil {
			return nil, err
		}
	}
	return func(name string) string {
		if path.Base(name) == "fips.so" {
			return "OpenSSL verifies its checksum"
		}
		if record := signed[name]; record != "" {
			return record + " is signed"
		}
		for _, v := range verifiers(name) {
			if names[v] {
				return v + " is its checksum or signature"
			}
		}
		return ""
	}, nil
}

// recorded returns the name in the layer of the file that a row in a RECORD describes.
func recorded(record *layer.Entry, row *wheel.Row) string {
	return path.Join(path.Dir(path.Dir(record.Name)), strings.ReplaceAll(row.Path, `\`, "/"))
}

// updateRecords updates the hash and size of changed files in all RECORD files.
func (s *stripper) updateRecords(changed map[string]*packed.Item) error {
	if len(changed) == 0 {
		return nil
	}
	for i := range s.result.Entries {
		e := &s.result.Entries[i]
		if !packed.IsRecord(e) {
			continue
		}
		content, err := packed.EditRecord(e, func(row *wheel.Row) bool {
			item := changed[recorded(e, row)]
			if item == nil || row.Hash == "" {
				return false
			}
			row.Hash, row.Size = item.Hash, strconv.FormatInt(item.Size, 10)
			return true
		})
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		method, compressed := packed.Pack(content)
		*e = layer.Entry{Name: e.Name, Executable: e.Executable, Owner: e.Owner, Method: method, CRC32: crc32.ChecksumIEEE(content),
			Size: int64(len(content)), Compressed: int64(len(compressed)), Source: bytes.NewReader(compressed), Sum: layer.SumOf(compressed)}
	}
	return nil
}
