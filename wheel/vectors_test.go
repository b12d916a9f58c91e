package wheel

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/oracle"
)

// bytesLiteral is the content of a Python literal such as b'test1\n'.
func bytesLiteral(text string) []byte {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "b'"), "'")
	return []byte(strings.ReplaceAll(text, `\n`, "\n"))
}

// parsesRow checks that a row of a RECORD file is read and written as it is.
func parsesRow(path, hash, size string) error {
	line := path + "," + hash + "," + size + "\n"
	rows, err := ParseRecord(strings.NewReader(line))
	if err != nil {
		return err
	}
	if len(rows) != 1 || rows[0] != (Row{path, hash, size}) || string(FormatRecord(rows)) != line {
		return fmt.Errorf("%q is %+v", line, rows)
	}
	return nil
}

// element returns one of the three elements of a row, "" for none.
func element(r oracle.Row, i int) string {
	switch value := r["elements"].([]any)[i].(type) {
	case string:
		return value
	case float64:
		return fmt.Sprint(value)
	}
	return ""
}

func sawBytes(size int64, hash []byte) content { return content{size: size, hash: hash} }

// TestRecordVectors runs the tests of another installer's RECORD reader.
func TestRecordVectors(t *testing.T) {
	rowOf := func(r oracle.Row) error { return parsesRow(element(r, 0), element(r, 1), element(r, 2)) }
	validates := func(r oracle.Row) error {
		content := bytesLiteral(r.Text("data"))
		row := Row{element(r, 0), element(r, 1), element(r, 2)}
		_, want, _ := strings.Cut(row.Hash, "=")
		sum := sha256.Sum256(content)
		if err := compareRow(row, sawBytes(int64(len(content)), sum[:]), want); (err == nil) != r["passes_validation"] {
			return fmt.Errorf("%+v: %v", row, err)
		}
		return nil
	}
	oracle.Suite{
		File: "installer_test_records.json",
		Tests: map[string]func(oracle.Row) error{
			"TestRecordEntry.test_valid_elements": func(r oracle.Row) error {
				return parsesRow(r.Text("path"), r.Text("hash_"), r.Text("size"))
			},
			"TestRecordEntry.test_populates_attributes_correctly":    rowOf,
			"TestRecordEntry.test_string_representation":             rowOf,
			"TestRecordEntry.test_string_representation_with_prefix": rowOf,
			"TestRecordEntry.test_validation":                        validates,
			"TestRecordEntry.test_validate_stream":                   validates,
			"TestParseRecordFile.test_rejects_wrong_element_count": func(r oracle.Row) error {
				if rows, err := ParseRecord(bytes.NewBufferString(r.Text("line"))); err == nil {
					return fmt.Errorf("read as %+v", rows)
				}
				return nil
			},
		},
		Inapplicable: map[string]string{
			"TestRecordEntry.test_invalid_elements":                   "a row is not judged by itself; a size or hash that is none differs from the file's, which is refused",
			"TestParseRecordFile.test_accepts_all_kinds_of_iterables": "there is one kind of reader",
		},
	}.Run(t)
}
