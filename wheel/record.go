package wheel

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Row is one line of a RECORD file (PyPA "Recording installed projects").
type Row struct {
	Path string // slash-separated, relative to the folder that holds the .dist-info
	Hash string // "sha256=<base64url without padding>", "" for RECORD itself
	Size string // decimal bytes, "" for RECORD itself
}

// ParseRecord reads a RECORD file.
func ParseRecord(r io.Reader) ([]Row, error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	reader.LazyQuotes = true // Python's csv module reads a stray quote as itself
	var rows []Row
	for {
		fields, err := reader.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read RECORD: %w", err)
		}
		if len(fields) != 3 {
			line, _ := reader.FieldPos(0)
			return nil, fmt.Errorf("RECORD line %d has %d fields instead of path, hash and size", line, len(fields))
		}
		rows = append(rows, Row{Path: fields[0], Hash: fields[1], Size: fields[2]})
	}
}

// FormatRecord writes rows as a RECORD file. They are sorted, so the result
// depends on nothing but the rows. Paths are quoted where CSV needs it.
func FormatRecord(rows []Row) []byte {
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Path, b.Path) })
	var b bytes.Buffer
	for _, row := range rows {
		b.WriteString(quote(row.Path) + "," + row.Hash + "," + row.Size + "\n")
	}
	return b.Bytes()
}

// quote writes a CSV field by RFC 4180. encoding/csv is not used for writing:
// its choice of what to quote may change, and with it the layer's bytes.
func quote(field string) string {
	if !strings.ContainsAny(field, ",\"\r\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}

// unsigned reports the files of a .dist-info folder that RECORD does not hash:
// itself and its signatures (PEP 427, "Signed wheel files").
func unsigned(path, distInfo string) bool {
	name, ok := strings.CutPrefix(path, distInfo+"/RECORD")
	return ok && (name == "" || name == ".jws" || name == ".p7s")
}
