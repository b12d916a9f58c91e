package wheel

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/number"
)

// Row is one line of a RECORD file (PyPA "Recording installed projects").
type Row struct {
	Path string // slash-separated, relative to the folder that contains .dist-info
	Hash string // "sha256=<base64url without padding>", "" for RECORD itself
	Size string // decimal bytes, "" for RECORD itself
}

// ParseRecord reads a RECORD file.
func ParseRecord(r io.Reader) ([]Row, error) {
	rows, odd, err := parseRecord(r)
	if err == nil {
		err = odd
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// parseRecord is like ParseRecord, but follows the rules of eachRow.
func parseRecord(r io.Reader) (rows []Row, odd, err error) {
	odd, err = eachRow(r, func(row Row) { rows = append(rows, row) })
	return rows, odd, err
}

// maxRows limits the number of rows in a RECORD. Some list files that the wheel does not
// have.
const maxRows = 2 * maxEntries

// eachRow calls take with each row of a RECORD file. Like pip, it accepts lines that do not
// have three fields: missing fields are empty, and additional ones are ignored. odd is an
// error about the first such line, or nil.
func eachRow(r io.Reader, take func(Row)) (odd, err error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	reader.LazyQuotes = true // Python's csv module reads a stray quote as itself
	for n := 0; ; n++ {
		if n > maxRows {
			return nil, fmt.Errorf("RECORD has more than %d rows", maxRows)
		}
		fields, err := reader.Read()
		if err == io.EOF {
			return odd, nil
		}
		if err != nil {
			return nil, fmt.Errorf("RECORD cannot be read: %w", err)
		}
		if len(fields) != 3 && odd == nil {
			line, _ := reader.FieldPos(0)
			odd = fmt.Errorf("RECORD line %d has %s instead of 3 (path, hash, and size)", line, number.Count(len(fields), "field"))
		}
		var row Row
		for i, field := range []*string{&row.Path, &row.Hash, &row.Size} {
			if i < len(fields) {
				*field = fields[i]
			}
		}
		take(row)
	}
}

// FormatRecord formats rows as a RECORD file. It sorts them by path, so that the result
// depends only on the rows, and quotes paths where CSV requires it.
func FormatRecord(rows []Row) []byte {
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Path, b.Path) })
	var b bytes.Buffer
	for _, row := range rows {
		b.WriteString(quote(row.Path) + "," + row.Hash + "," + row.Size + "\n")
	}
	return b.Bytes()
}

// quote formats a CSV field according to RFC 4180. It does not use encoding/csv, because
// another version might quote other fields and change the layer's bytes.
func quote(field string) string {
	if !strings.ContainsAny(field, ",\"\r\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}

// unsigned reports whether path is a file without a hash in RECORD: RECORD itself and its
// signatures (PEP 427, "Signed wheel files").
func unsigned(path, distInfo string) bool {
	name, ok := strings.CutPrefix(path, distInfo+"/RECORD")
	return ok && (name == "" || name == ".jws" || name == ".p7s")
}

// RecordError is the error for a valid wheel whose RECORD does not match its files. pip and
// uv install such wheels. Callers that have checked the hash of the whole file can use it,
// too.
type RecordError struct {
	First error // the first difference, in the order of the archive
	Files int   // number of files that RECORD does not list, or lists with another size or hash
}

func (e *RecordError) Error() string {
	switch e.Files {
	case 0, 1:
		return e.First.Error()
	case 2:
		return fmt.Sprintf("%v; 1 more file has an error in RECORD", e.First)
	}
	return fmt.Sprintf("%v; %d more files have errors in RECORD", e.First, e.Files-1)
}

// recordError returns a RecordError for odd, an error about RECORD as a whole, and for the
// errors about members. It returns nil if there are none.
func recordError(odd error, members []error) error {
	e := &RecordError{First: odd}
	for _, err := range members {
		if err == nil {
			continue
		}
		e.Files++
		if e.First == nil {
			e.First = err
		}
	}
	if e.First == nil {
		return nil
	}
	return e
}
