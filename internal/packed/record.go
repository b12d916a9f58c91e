package packed

import (
	"bytes"
	"path"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// IsRecord reports whether an entry is the RECORD of a distribution.
func IsRecord(e *layer.Entry) bool {
	return path.Base(e.Name) == "RECORD" && strings.HasSuffix(path.Dir(e.Name), ".dist-info")
}

// EditRecord returns the content of a RECORD after edit, which reports whether it changed a
// row. It returns nil if no row changed or if the RECORD cannot be parsed. In the latter
// case, the RECORD comes from a folder, and nobody else can read it either.
func EditRecord(e *layer.Entry, edit func(*wheel.Row) bool) ([]byte, error) {
	content, err := Content(e)
	if err != nil {
		return nil, err
	}
	rows, err := wheel.ParseRecord(bytes.NewReader(content))
	if err != nil {
		return nil, nil
	}
	changed := false
	for i := range rows {
		changed = edit(&rows[i]) || changed
	}
	if !changed {
		return nil, nil
	}
	return wheel.FormatRecord(rows), nil
}
